import type { AnswerSource } from "../../lib/init/answers.ts";

/** Answers that come in given pieces, as a pipe or a terminal hands them over. */
export class GivenAnswers implements AnswerSource {
  /** Each change of the terminal's mode. */
  readonly modes: boolean[] = [];
  readonly #pieces: Uint8Array[];

  constructor(pieces: readonly (string | Uint8Array)[], readonly isTerminal = false) {
    this.#pieces = pieces.map((piece) => typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
  }

  read(buffer: Uint8Array): Promise<number | null> {
    const piece = this.#pieces.shift();
    if (piece === undefined) return Promise.resolve(null);
    buffer.set(piece.subarray(0, buffer.length));
    if (piece.length > buffer.length) this.#pieces.unshift(piece.subarray(buffer.length));
    return Promise.resolve(Math.min(piece.length, buffer.length));
  }

  setRaw(raw: boolean): void {
    this.modes.push(raw);
  }
}
