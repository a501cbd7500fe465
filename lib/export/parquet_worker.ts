/// <reference lib="deno.worker" />
/** The thread of {@linkcode EncoderThread}: it answers one question after the other. */
import type { Answer, Question } from "./encoder_thread.ts";
import { type EncodedGroup, ParquetEncoder } from "./parquet_encoder.ts";

const encoders = new Map<number, ParquetEncoder>();

async function answer(question: Question): Promise<EncodedGroup> {
  const { file } = question;
  if (question.kind === "create") {
    encoders.set(file, new ParquetEncoder(question.columns, question.notes));
    return { bytes: new Uint8Array(0), blocks: [] };
  }
  const encoder = encoders.get(file)!;
  if (question.kind === "group") return await encoder.group(question.group, question.room);
  encoders.delete(file);
  return { bytes: await encoder.finish(), blocks: [] };
}

self.onmessage = async ({ data }: MessageEvent<Question>) => {
  let said: Answer;
  let transfer: Transferable[] = [];
  try {
    said = { kind: "encoded", ...await answer(data) };
    transfer = [said.bytes.buffer, ...said.blocks.map(({ buffer }) => buffer)];
  } catch (error) {
    said = { kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
  self.postMessage(said, transfer);
};
