import type { SubscriptionChange } from "./subscription_plan.ts";

/** Requests that an error may still name. */
const MAX_REMEMBERED = 200;

/** A request, and the number of the socket it was sent on. */
export interface OpenRequest {
  readonly change: SubscriptionChange;
  readonly socket: number;
}

/** The requests that were made last, by the ids that the broker repeats in its errors. */
export class OpenRequests {
  readonly #requests = new Map<string, OpenRequest>();
  #count = 0;

  /** Notes a request. Answers its id. */
  note(request: OpenRequest): string {
    const id = String(++this.#count).padStart(10, "0");
    this.#requests.set(id, request);
    if (this.#requests.size > MAX_REMEMBERED) this.#requests.delete(this.#requests.keys().next().value!);
    return id;
  }

  /** The request that an error names: each is refused once. */
  take(id: string | undefined): OpenRequest | undefined {
    if (id === undefined) return undefined;
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    return request;
  }
}
