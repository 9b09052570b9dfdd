import type { MetricsSource, StoreSample, UploadSample } from './metrics-source.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/** Recordings: only a relay that records has these. */
export function addRecordingMetrics(
  show: ShownMetrics,
  { recordings, uploads, store }: Pick<MetricsSource, 'recordings' | 'uploads' | 'store'>,
): void {
  const start = 'streampump_recording';
  const value = (of: (sample: NonNullable<ReturnType<typeof recordings>>) => number) =>
    function* (): Generator<[Record<string, never>, number]> {
      const sample = recordings();
      if (sample !== undefined) yield [{}, of(sample)];
    };
  const streams = 'Streams that are recorded, or are to be.';
  show.gauge(
    { name: `${start}_streams`, help: streams },
    value(({ open }) => open),
  );
  const files = 'Files of recordings, by how they have ended.';
  show.counter({ name: `${start}_files_total`, help: files, labels: ['outcome'] }, function* () {
    for (const [outcome, count] of Object.entries(recordings()?.ends ?? {})) yield [{ outcome }, count];
  });
  const bytes = 'Bytes of media that were handed to the store of recordings.';
  show.counter(
    { name: `${start}_bytes_total`, help: bytes },
    value((sample) => sample.bytes),
  );
  const dropped = 'Frames that are missing in recordings because they were not written in time.';
  show.counter(
    { name: `${start}_dropped_frames_total`, help: dropped },
    value(({ droppedFrames }) => droppedFrames),
  );
  const queue = 'Bytes of media that wait for the store of recordings.';
  show.gauge(
    { name: `${start}_queue_bytes`, help: queue },
    value(({ queueBytes }) => queueBytes),
  );
  const up = 'Whether streams can be recorded: 1, else 0.';
  show.gauge(
    { name: `${start}_store_up`, help: up, together: 'min' },
    value(({ isStoreUp }) => (isStoreUp ? 1 : 0)),
  );
  addStoreMetrics(show, store);
  addUploadMetrics(show, uploads);
}

/** The process that writes recordings: only a thread that has started one has these. */
function addStoreMetrics(show: ShownMetrics, store: MetricsSource['store']): void {
  const start = 'streampump_recording_store';
  const value = (of: (sample: StoreSample) => number) =>
    function* (): Generator<[Record<string, never>, number]> {
      const sample = store();
      if (sample !== undefined) yield [{}, of(sample)];
    };
  const cpu = 'CPU time that the process has taken which writes recordings.';
  show.counter(
    { name: `${start}_cpu_seconds_total`, help: cpu },
    value(({ cpuSeconds }) => cpuSeconds),
  );
  const memory = 'Resident memory of the process that writes recordings.';
  show.gauge(
    { name: `${start}_resident_memory_bytes`, help: memory },
    value(({ residentBytes }) => residentBytes),
  );
}

/** Uploads: only a relay that has some has these. */
function addUploadMetrics(show: ShownMetrics, uploads: MetricsSource['uploads']): void {
  const start = 'streampump_recording_upload';
  const value = (of: (sample: UploadSample) => number) =>
    function* (): Generator<[Record<string, never>, number]> {
      const sample = uploads();
      if (sample !== undefined) yield [{}, of(sample)];
    };
  show.gauge(
    { name: `${start}s_waiting`, help: 'Recordings that are not uploaded yet.' },
    value(({ waiting }) => waiting),
  );
  show.counter(
    { name: `${start}s_total`, help: 'Recordings that were uploaded.' },
    value(({ done }) => done),
  );
  show.counter(
    { name: `${start}_bytes_total`, help: 'Bytes of recordings that were uploaded.' },
    value(({ doneBytes }) => doneBytes),
  );
  show.counter(
    { name: `${start}_failures_total`, help: 'Tries to upload a recording that have failed.' },
    value(({ failed }) => failed),
  );
}
