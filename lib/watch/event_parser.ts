/** One server-sent event. `message` is what it is called without a name. */
export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** A proxy sends no event of this length; what does is no proxy. */
const MAX_LENGTH = 32 * 1024 * 1024;

/**
 * Reads the `text/event-stream` format, however it is cut into pieces.
 *
 * @param idGiven Takes each id: that of an event before the event, and one that comes alone.
 * @throws {Error} An event does not end.
 */
export async function* eventsOf(
  chunks: AsyncIterable<Uint8Array>,
  idGiven: (id: string) => void,
): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  let fields: { name?: string; id?: string; data: string[] } = { data: [] };
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A line that may go on, and a CR that may be half of a CRLF, wait for the next piece.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    if (rest.length > MAX_LENGTH) throw new Error("an event does not end");
    for (const line of lines) {
      if (line !== "") {
        const [name, value] = fieldOf(line);
        if (name === "event") fields.name = value;
        if (name === "data") fields.data.push(value);
        if (name === "id" && !value.includes("\0")) fields.id = value;
        continue;
      }
      const { name = "message", id, data } = fields;
      fields = { data: [] };
      if (id !== undefined) idGiven(id);
      if (data.length > 0) yield { name, data: data.join("\n") };
    }
  }
}

/** The name and the value of a line; a comment has the name "". */
function fieldOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  if (colon < 0) return [line, ""];
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
}
