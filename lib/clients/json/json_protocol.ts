import type { Handshake, Opening, Protocol } from "../protocol.ts";
import { readAuthentication } from "./command_reader.ts";
import { deliveryOf, readDeliveryOptions } from "./delivery_options.ts";
import { JsonSession, type JsonSessionOptions } from "./json_session.ts";

/** Our own wire: commands and answers in JSON; ticks as JSON, compressed or not, or as the broker's packets. */
export function createJsonProtocol(options: JsonSessionOptions): Protocol {
  return {
    name: "json",
    paths: ["/", "/ws"],
    open({ query }: Handshake): Opening | string {
      const delivery = readDeliveryOptions(query);
      if (typeof delivery === "string") return delivery;
      return {
        delivery: deliveryOf(delivery, options.sources.ticks),
        start: (connection) => new JsonSession(connection, delivery, options),
        authentication: { prompt: TOKEN_PROMPT, read: readAuthentication },
      };
    },
  };
}

const TOKEN_PROMPT = JSON.stringify({
  type: "system",
  status: "token_required",
  message: 'Send {"command":"authenticate","token":"…"} within 10 s',
});
