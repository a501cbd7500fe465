/**
 * Reads up to so many bytes from a place in a file; fewer at its end. The handle must be the caller's alone.
 *
 * @param room Memory of so many bytes for them; by default new one.
 */
export async function readAt(
  file: Deno.FsFile,
  offset: number,
  length: number,
  room = new Uint8Array(length),
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = room.subarray(0, length);
  // It only says where to read next, and waits for no disk.
  file.seekSync(offset, Deno.SeekMode.Start);
  let done = 0;
  while (done < length) {
    const read = await file.read(bytes.subarray(done));
    if (read === null) break;
    done += read;
  }
  return bytes.subarray(0, done);
}
