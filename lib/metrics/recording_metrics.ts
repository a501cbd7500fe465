import type { RecordingStatus } from "../recording/recording_status.ts";
import type { Families } from "./families.ts";

/** What is recorded, and what the disk did not take. */
export function recordingMetrics(families: Families, recording: () => RecordingStatus): void {
  families.gauge(
    "recording_up",
    "1 while the disk takes the recording; 0 while what comes is lost to it",
    () => Number(recording().state === "recording"),
  );
  families.counter("recording_records_total", "Records written to the disk", () => recording().records);
  families.counter("recording_lost_total", "Records that the disk did not take", () => recording().lost);
  families.gauge("recording_bytes", "Bytes of all recordings on the disk", () => recording().totalBytes);
  families.gauge("recording_max_bytes", "Bytes that they may have", () => recording().maxBytes);
  families.gauge(
    "recording_waiting_bytes",
    "Bytes that wait for the disk; many say that it is slow",
    () => recording().waitingBytes,
  );
}
