/**
 * Writes a file that only its owner may read. It is replaced in one step: who interrupts it finds the file of before,
 * or the new one, and never a half.
 *
 * @throws {Error} It cannot be written; then it is as it was.
 */
export async function writePrivately(path: string, text: string): Promise<void> {
  const target = await Deno.realPath(path).catch(() => path);
  const draft = `${target}.new`;
  // One that a killed process left may have the rights of anyone.
  await Deno.remove(draft).catch(() => {});
  try {
    const file = await Deno.open(draft, { write: true, createNew: true, mode: 0o600 });
    try {
      const bytes = new TextEncoder().encode(text);
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
      await file.syncData();
    } finally {
      file.close();
    }
    await Deno.rename(draft, target);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error;
  }
}
