/** Where answers come from: standard input, or a test's own. */
export interface AnswerSource {
  /** Whether a person types; otherwise the answers are piped, one a line. */
  readonly isTerminal: boolean;
  /** Fills some of the buffer. @returns How many bytes; null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Raw: each key comes at once, and the terminal does not show it. */
  setRaw(raw: boolean): void;
}

/** The answers ended before the question was answered. */
export class AnswersEnded extends Error {
  constructor(readonly question: string) {
    super(`there is no answer to "${question}"`);
  }
}

/** Ctrl-C, which a raw terminal passes on as a key. */
export class Interrupted extends Error {}

/** What follows Escape from keys such as the arrows; it is part of no answer. */
// deno-lint-ignore no-control-regex
const ESCAPE_SEQUENCE = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O.|)/g;

/** Asks one question after the other. */
export class Answers {
  readonly #source: AnswerSource;
  readonly #write: (text: string) => void;
  readonly #decoder = new TextDecoder();
  /** What was read, and belongs to answers that were not asked for yet. */
  #pending = "";
  #ended = false;

  constructor(source: AnswerSource, write: (text: string) => void) {
    this.#source = source;
    this.#write = write;
  }

  get isTerminal(): boolean {
    return this.#source.isTerminal;
  }

  /** @throws {AnswersEnded} */
  async ask(question: string): Promise<string> {
    this.#write(`${question}: `);
    let line = "";
    for (;;) {
      const key = await this.#key();
      if (key === undefined) {
        if (line === "") this.#end(question);
        break;
      }
      if (isLineEnd(key)) break;
      line += key;
    }
    // Nobody has typed a line break that the terminal could show.
    if (!this.isTerminal) this.#write("\n");
    return line;
  }

  /**
   * Asks for what nobody may read over a shoulder: the terminal does not show it.
   *
   * @throws {AnswersEnded}
   * @throws {Interrupted}
   */
  async askHidden(question: string): Promise<string> {
    if (!this.isTerminal) return await this.ask(question);
    // Before the question: who is quick would see the first keys.
    this.#source.setRaw(true);
    try {
      this.#write(`${question} (not shown): `);
      return withoutKeys(await this.#typed(question));
    } finally {
      this.#source.setRaw(false);
      this.#write("\n");
    }
  }

  /** Gives the terminal back as it was, also while a question is open. */
  close(): void {
    if (this.isTerminal) this.#source.setRaw(false);
  }

  async #typed(question: string): Promise<string> {
    for (let typed = "";;) {
      const key = await this.#key();
      if (key === undefined) return typed === "" ? this.#end(question) : typed;
      if (isLineEnd(key)) return typed;
      if (key === "\x03") throw new Interrupted();
      // Ctrl-D, and Ctrl-Z of Windows
      if ((key === "\x04" || key === "\x1a") && typed === "") this.#end(question);
      if (key === "\x7f" || key === "\b") typed = typed.slice(0, -1);
      else if (key === "\x15") typed = "";
      else typed += key;
    }
  }

  #end(question: string): never {
    this.#write("\n");
    throw new AnswersEnded(question);
  }

  /** The next character; a line ends with a line feed, whatever it ended with. Undefined at the end. */
  async #key(): Promise<string | undefined> {
    while (this.#pending === "" || this.#pending === "\r") {
      const wasReturn = this.#pending === "\r";
      // A return that is followed by nothing yet ends the line: a person waits for no second one.
      if (wasReturn && this.isTerminal) break;
      if (this.#ended) return wasReturn ? this.#take(1, "\n") : undefined;
      const buffer = new Uint8Array(1024);
      const length = await this.#source.read(buffer);
      if (length === null) this.#ended = true;
      else this.#pending += this.#decoder.decode(buffer.subarray(0, length), { stream: true });
    }
    if (this.#pending.startsWith("\r\n")) return this.#take(2, "\n");
    if (this.#pending.startsWith("\r")) return this.#take(1, "\n");
    return this.#take(1);
  }

  #take(length: number, as = this.#pending.slice(0, length)): string {
    this.#pending = this.#pending.slice(length);
    return as;
  }
}

function isLineEnd(key: string): boolean {
  return key === "\n";
}

function withoutKeys(typed: string): string {
  // deno-lint-ignore no-control-regex
  return typed.replace(ESCAPE_SEQUENCE, "").replace(/[\x00-\x1f\x7f]/g, "");
}
