import type { IncomingMessage, ServerResponse } from "node:http";
import { type Faults, LOGIN_ANSWERS, PACKET_FAULTS, type PacketFault, readControlCommand } from "./faults.ts";
import type { Moment, Stats } from "./records.ts";

/** What tests change and look at; the control address offers the same. */
export interface Control {
  readonly faults: Faults;
  /** Changes how the simulator behaves from now on. */
  set(faults: Partial<Faults>): void;
  /** Back to good behaviour. */
  reset(): void;
  /** Ends all sockets: without a word, or with a close code. None of them leaves a ghost. */
  dropSockets(code?: number, reason?: string): void;
  /** Sends something broken on every socket that has subscribed something. */
  inject(fault: PacketFault, times?: number): void;
  /** Sends bytes or text as they are, in one frame, on every socket. */
  send(data: Uint8Array | string): void;
  stats(): Stats;
  /** The last moments at which ticks were sent, oldest first. */
  moments(): readonly Moment[];
}

/**
 * The control address: GET shows the faults and what was counted, POST changes them. What lies under it tells when
 * ticks were sent.
 *
 * @returns Whether the request was for it.
 */
export function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  control: Control,
): boolean {
  if (request.url !== "/control" && request.url !== "/control/moments") return false;
  const answer = (status: number, value: unknown) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(`${JSON.stringify(value, undefined, 2)}\n`);
    return true;
  };
  if (request.url === "/control/moments") return answer(200, control.moments());
  // A page of another origin cannot send this type without asking first.
  if (request.method === "POST" && !request.headers["content-type"]?.startsWith("application/json")) {
    return answer(415, { error: "send the command as application/json" });
  }
  if (request.method === "POST") {
    try {
      apply(JSON.parse(body), control);
    } catch (error) {
      return answer(400, { error: error instanceof Error ? error.message : String(error) });
    }
  }
  return answer(200, {
    faults: control.faults,
    stats: control.stats(),
    known: { login_answers: LOGIN_ANSWERS, packet_faults: PACKET_FAULTS },
  });
}

function apply(json: unknown, control: Control): void {
  const command = readControlCommand(json);
  if (!("action" in command)) return control.set(command);
  switch (command.action) {
    case "drop_sockets":
      return control.dropSockets(command.code, command.reason);
    case "inject":
      return control.inject(command.fault, command.times);
    case "send":
      return control.send(command.text);
    case "send_bytes":
      return control.send(bytesOf(command.hex));
    case "reset":
      return control.reset();
  }
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
}
