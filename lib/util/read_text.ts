/**
 * The whole text of some UTF-8 that comes in pieces.
 *
 * @returns Undefined where it is longer than so many bytes; the rest is not read then.
 */
export async function readText(
  pieces: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > maxBytes) return undefined;
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}
