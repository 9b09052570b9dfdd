/** What ffprobe and ffmpeg find in a stream or file: the judges of the interop tests. */
import { type RunningTool, runTool } from './run-tool.ts';

/** A packet as a demuxer gives it out. */
export interface ProbedPacket {
  readonly kind: string;
  readonly ptsMs: number;
  readonly isKey: boolean;
}

/** What is in a stream or file. */
export interface Probed {
  /** Of audio and video, in alphabetical order. */
  readonly codecs: readonly string[];
  /** Of every stream: audio, video, subtitle, data. */
  readonly kinds: readonly string[];
  readonly packets: readonly ProbedPacket[];
  readonly firstVideo: ProbedPacket | undefined;
}

/** One frame in its order: what tells it from every other is size and hash. */
export interface HashedFrame {
  readonly dtsMs: number;
  readonly size: number;
  readonly hash: string;
}

/** The frames of a stream or file. */
export interface HashedFrames {
  readonly video: readonly HashedFrame[];
  readonly audio: readonly HashedFrame[];
}

const probeArgs = ['-v', 'error', '-of', 'json', '-show_streams', '-show_packets', '-i'];
const hashArgs = ['-map', '0:v', '-map', '0:a', '-c', 'copy', '-flush_packets', '1', '-f', 'framemd5', '-'];

/** Starts ffprobe on a URL; {@link readProbe} understands what it says in the end. @param options - such as `-read_intervals %+5` */
export function startProbe(url: string, ...options: string[]): RunningTool {
  return runTool('ffprobe', [...options, ...probeArgs, url]);
}

/** What ffprobe found, once the stream has ended. */
export async function readProbe(ffprobe: RunningTool): Promise<Probed> {
  const { streams, packets } = JSON.parse(await ffprobe.output) as {
    streams: { codec_type: string; codec_name: string }[];
    packets: { codec_type: string; pts_time: string; flags: string }[];
  };
  const found = packets.map(({ codec_type, pts_time, flags }) => ({
    kind: codec_type,
    ptsMs: Math.round(Number(pts_time) * 1000),
    isKey: flags.includes('K'),
  }));
  return {
    codecs: streams
      .filter(({ codec_type }) => codec_type === 'audio' || codec_type === 'video')
      .map(({ codec_name }) => codec_name)
      .sort(),
    kinds: streams.map(({ codec_type }) => codec_type),
    packets: found,
    firstVideo: found.find(({ kind }) => kind === 'video'),
  };
}

/** What ffprobe finds in FLV bytes. */
export async function probeFlv(flv: Buffer): Promise<Probed> {
  await using ffprobe = runTool('ffprobe', [...probeArgs, '-'], { input: flv });
  return await readProbe(ffprobe);
}

/** Starts ffmpeg on a URL or file; {@link readHashes} understands what it says, a line per frame. */
export function startHashing(input: string, ...options: string[]): RunningTool {
  return runTool('ffmpeg', hashingArgs(input, ...options));
}

/** What ffmpeg is told to say a line per frame. */
export function hashingArgs(input: string, ...options: string[]): string[] {
  return ['-nostdin', '-v', 'error', ...options, '-copyts', '-i', input, ...hashArgs];
}

/** The frames that ffmpeg has told so far. */
export function readHashes(framemd5: string): HashedFrames {
  const frames = framemd5
    .split('\n')
    .slice(0, -1) // the last line may not be complete
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').map((field) => field.trim()));
  const ofStream = (index: string): HashedFrame[] =>
    frames
      .filter(([stream]) => stream === index)
      .map(([, dts, , , size, hash = '']) => ({ dtsMs: Number(dts), size: Number(size), hash }));
  return { video: ofStream('0'), audio: ofStream('1') };
}

/** The frames of a file. */
export async function hashFile(path: string): Promise<HashedFrames> {
  await using ffmpeg = startHashing(path);
  return readHashes(await ffmpeg.output);
}

/** The frames of FLV bytes. */
export async function hashFlv(flv: Buffer): Promise<HashedFrames> {
  await using ffmpeg = runTool('ffmpeg', ['-v', 'error', '-copyts', '-i', '-', ...hashArgs], { input: flv });
  return readHashes(await ffmpeg.output);
}

/** MD5 of every picture of a file or stream, decoded, in order. @param options - of the input, such as `-t 2` */
export async function hashPictures(input: string, ...options: string[]): Promise<string[]> {
  const output = ['-map', '0:v', '-fps_mode', 'passthrough', '-pix_fmt', 'yuv420p', '-f', 'framemd5', '-'];
  await using ffmpeg = runTool('ffmpeg', ['-nostdin', '-v', 'error', ...options, '-i', input, ...output]);
  return readHashes(await ffmpeg.output).video.map(({ hash }) => hash);
}

/** The part of the source's frames that begins with the player's first frame; empty when that one is not the source's. */
export function framesFrom(
  first: HashedFrame | undefined,
  source: readonly HashedFrame[],
): readonly HashedFrame[] {
  const start = source.findIndex(({ size, hash }) => size === first?.size && hash === first.hash);
  return start === -1 ? [] : source.slice(start);
}

/** The frames without their times. */
export function contentOf(frames: readonly HashedFrame[]): string[] {
  return frames.map(({ size, hash }) => `${size} ${hash}`);
}
