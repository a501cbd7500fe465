/** A value that must not be seen: it prints as `[redacted]` wherever it is shown, logged or serialised. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that has to send it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }

  [Symbol.for("Deno.customInspect")](): string {
    return "[redacted]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[redacted]";
  }
}

/** A text that came from outside, without the secrets that it repeats. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => secret === "" ? rest : rest.replaceAll(secret, "[redacted]"), text);
}
