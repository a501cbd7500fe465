import type { Clock } from "../util/clock.ts";
import type { LineFormat } from "./lines.ts";
import { notesOf } from "./notes.ts";
import { PriceBoard } from "./price_board.ts";
import type { ProxyEvent } from "./proxy_events.ts";
import { type Screen, tableLines } from "./table.ts";

/** Where what is event is shown. */
export interface View {
  begin(): Promise<void>;
  /** The promise settles when it is shown: nothing more is read before. */
  show(event: ProxyEvent): Promise<void>;
  end(): Promise<void>;
}

/** Writes a text to its end. @throws {Deno.errors.BrokenPipe} Nobody reads it any more. */
export type Write = (text: string) => Promise<void>;

/** For other programs: lines to them, and what a person should know beside them. */
export function lineView(format: LineFormat, out: Write, note: (text: string) => void): View {
  return {
    begin: () => out(format.head),
    async show(event) {
      for (const text of notesOf(event)) note(text);
      await out(format.linesOf(event));
    },
    end: () => Promise.resolve(),
  };
}

/** How often the table is drawn again, so that ages go on. */
const DRAW_EVERY_MS = 250;

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_BELOW = "\x1b[0J";

/** For a person: a table that is drawn anew in its place. The last one stays. */
export function tableView(clock: Clock, out: Write, screen: () => Screen): View {
  const board = new PriceBoard(clock);
  let drawn = 0;
  let disarm = () => {};

  async function draw(): Promise<void> {
    const lines = tableLines(board.rows(), board, screen());
    const up = drawn === 0 ? "" : `\x1b[${drawn}A`;
    drawn = lines.length;
    await out(`${up}\r${CLEAR_BELOW}${lines.map((line) => `${line}\n`).join("")}`);
  }

  function drawLater(): void {
    disarm = clock.after(DRAW_EVERY_MS, () => {
      // A terminal that is gone ends the program by a signal.
      draw().then(drawLater, () => {});
    });
  }

  return {
    async begin() {
      await out(HIDE_CURSOR);
      drawLater();
    },
    show(event) {
      board.take(event);
      return Promise.resolve();
    },
    async end() {
      disarm();
      await draw();
      await out(SHOW_CURSOR);
    },
  };
}
