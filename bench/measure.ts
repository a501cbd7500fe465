/** One measurement: load clients on a server for a few seconds, and what came of it. */
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import type { Moment } from "../lib/simulator/records.ts";
import { PACKET_BYTES } from "../lib/smartapi/endpoints.ts";
import { subscriptionRequest } from "../lib/smartapi/request.ts";
import { pinning, type Running } from "./processes.ts";
import { ALL_INSTRUMENTS, MADE, moments, OTHERS, tokens } from "./world.ts";

export interface Load {
  readonly clients: number;
  /**
   * `all`: everything by the watch list. `tenths`: a random tenth of the instruments for each client. Or a command for
   * each client, a line each. `packets`: everything as the broker's own packets, on the drop-in wire.
   */
  readonly wants: "all" | "tenths" | "packets" | "nothing" | { readonly commands: string };
  readonly path?: string;
  readonly settleMs?: number;
  readonly runMs?: number;
  /** Ends the load client, and the measurement with an error. */
  readonly signal?: AbortSignal;
  /** Tells the files of measurements apart that are made at one time. */
  readonly name?: string;
}

/** What one measurement found. Times are microseconds of the server's CPU unless they say otherwise. */
export interface Finding {
  /** Ticks per second that the simulator sent. */
  readonly in: number;
  /** Ticks per second that all clients together read. */
  readonly delivered: number;
  /** Of one core, as a part of it. */
  readonly cpu: number;
  readonly perTick: number;
  readonly perFrame: number;
  readonly framesPerSecond: number;
  readonly bytesPerFrame: number;
  readonly bytesPerTick: number;
  readonly ticksPerFrame: number;
  /** ms from the simulator's write to the client's read, over the ticks of the sampled clients. */
  readonly p50: number;
  readonly p99: number;
  /** Ticks of the sampled clients that newer ones replaced, as a part of all. */
  readonly conflated: number;
  /** Resident memory for each client, kB. */
  readonly kbPerClient: number;
  /** Clients whose connection ended, or who never saw a tick. */
  readonly lost: number;
}

/** Clients of which every frame is read, to know the ticks in it and their age. */
const SAMPLED = { all: 3, tenths: 10, packets: 3, nothing: 0 } as const;

interface LoadResult {
  readonly ms: number;
  readonly cpu_us: number;
  readonly own_cpu_us: number;
  readonly frames: number;
  readonly bytes: number;
  readonly open: number;
  readonly waiting: number;
  readonly kb_before: number;
  readonly kb_after: number;
  readonly samples_full: number;
}

/** @param simulator Whose ticks the server passes on; none for a server that makes frames up. */
export async function measure(server: Running, load: Load, simulator?: Running): Promise<Finding> {
  const {
    clients,
    wants,
    path = wants === "packets" ? "/smart-stream" : "/",
    // A client's first values take the program some ms, and live ticks may come before them.
    settleMs = 1_000 + 12 * clients,
    runMs = 3_000,
    name = "",
    signal,
  } = load;
  const [commandsFile, samplesFile] = [`${MADE}commands${name}`, `${MADE}samples${name}`];
  const sampled = Math.min(clients, typeof wants === "string" ? SAMPLED[wants] : SAMPLED.tenths);
  await Deno.writeTextFile(commandsFile, commands(load));
  const command = [
    ...pinning(OTHERS),
    `${MADE}load`,
    ...[server.port, path, clients, commandsFile, settleMs, runMs, sampled, server.pid, samplesFile]
      .map(String),
  ];
  const { success, stdout, stderr } = await new Deno.Command(command[0]!, {
    args: command.slice(1),
    ...signal === undefined ? {} : { signal },
  }).output();
  if (!success) {
    throw new Error(`the load client: ${new TextDecoder().decode(stderr)}\n${server.output().slice(-300)}`);
  }
  const result: LoadResult = JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
  const sent = simulator === undefined ? [] : await moments(simulator);
  const sample = readSamples(await Deno.readFile(samplesFile), sent);
  const seconds = result.ms / 1000;
  // Every client's frames carry as many ticks as those of the sampled ones do.
  const ticksPerFrame = sample.frames === 0 ? 1 : sample.ticks / sample.frames;
  const ticks = result.frames * ticksPerFrame;
  return {
    in: sample.in,
    delivered: ticks / seconds,
    cpu: result.cpu_us / result.ms / 1000,
    perTick: result.cpu_us / ticks,
    perFrame: result.cpu_us / result.frames,
    framesPerSecond: result.frames / seconds,
    bytesPerFrame: result.bytes / result.frames,
    bytesPerTick: result.bytes / ticks,
    ticksPerFrame,
    p50: sample.percentile(0.5),
    p99: sample.percentile(0.99),
    conflated: sample.conflated / Math.max(1, sample.ticks + sample.conflated),
    kbPerClient: (result.kb_after - result.kb_before) / clients,
    lost: clients - result.open + (wants === "nothing" ? 0 : result.waiting),
  };
}

/** A line for each client; one for all where they want the same. */
function commands({ clients, wants }: Load): string {
  if (typeof wants === "object") return wants.commands;
  if (wants === "nothing") return "";
  if (wants === "all") return '{"command":"subscribe","exchange":"nse"}\n';
  const all = tokens(ALL_INSTRUMENTS);
  if (wants === "packets") {
    return `${
      subscriptionRequest("subscribe", "benchmark", "ltp", all.map((token) => `nse:${token}` as const))
    }\n`;
  }
  const lines = Array.from({ length: clients }, () => {
    const tenth = all.filter(() => Math.random() < 0.1);
    return JSON.stringify({ command: "subscribe", exchange: "nse", tokens: tenth });
  });
  return `${lines.join("\n")}\n`;
}

interface Sample {
  readonly frames: number;
  readonly ticks: number;
  readonly conflated: number;
  readonly in: number;
  percentile(part: number): number;
}

/** Reads the frames that the load client kept; their form is described in `load.c`. */
function readSamples(bytes: Uint8Array<ArrayBuffer>, sent: readonly Moment[]): Sample {
  const view = new DataView(bytes.buffer);
  const ages: number[] = [];
  let frames = 0;
  let ticks = 0;
  let conflated = 0;
  let first = Infinity;
  let last = 0;
  for (let at = 0; at < bytes.length;) {
    const readAt = Number(view.getBigInt64(at, true)) / 1000;
    const length = view.getUint32(at + 12, true);
    const frame = Buffer.from(bytes.buffer, at + 16, length);
    at += 16 + length;
    frames++;
    const content = isPacket(frame)
      ? { sequences: [Number(frame.readBigInt64LE(27))], conflated: 0 }
      : jsonContent(frame.toString());
    conflated += content.conflated;
    for (const sequence of content.sequences) {
      ticks++;
      const sentAt = sentAtOf(sequence, sent);
      if (sentAt !== undefined) ages.push(readAt - sentAt);
    }
    first = Math.min(first, readAt);
    last = Math.max(last, readAt);
  }
  const sorted = Float64Array.from(ages).sort();
  return {
    frames,
    ticks,
    conflated,
    in: rateBetween(sent, first, last),
    percentile: (part) => sorted[Math.floor(part * (sorted.length - 1))] ?? NaN,
  };
}

/** Whether a frame is one of the broker's packets in mode `ltp`: it begins with the mode's number, no text does. */
function isPacket(frame: Buffer): boolean {
  return frame[0] === 1 && frame.length === PACKET_BYTES[1];
}

/** The sequence numbers of the ticks in a message, and how many ticks those replaced. */
function jsonContent(message: string): { sequences: number[]; conflated: number } {
  const data = /"data": ?"([A-Za-z0-9+/=]+)"/.exec(message);
  const text = data === null
    ? message
    : message.slice(0, data.index) + gunzipSync(Buffer.from(data[1]!, "base64")).toString();
  return {
    sequences: Array.from(text.matchAll(/"sequence_number": ?(\d+)/g), ([, sequence]) => Number(sequence)),
    conflated: Number(/"conflated":(\d+)/.exec(text)?.[1] ?? 0),
  };
}

/** When a tick was sent, ms since the Unix epoch: the first moment that reaches its number. */
function sentAtOf(sequence: number, sent: readonly Moment[]): number | undefined {
  let low = 0;
  let high = sent.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sent[middle]!.sequences.nse! < sequence) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : sent[low]?.at;
}

function rateBetween(sent: readonly Moment[], from: number, to: number): number {
  const within = sent.filter(({ at }) => at >= from && at <= to);
  const [first, last] = [within[0], within.at(-1)!];
  if (within.length < 2) return NaN;
  return (last.sequences.nse! - first!.sequences.nse!) * 1000 / (last.at - first!.at);
}
