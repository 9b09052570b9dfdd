import { temporaryFolder } from '../packages.ts';
import { type HashedFrames, hashFile, hashPictures } from '../probe.ts';
import { type RunningTool, runTool } from '../run-tool.ts';
import { type AsfFilm, type FilmOptions, makeFilmFile, readFilm } from './asf-film.ts';

/** A film that tests push, and what players are to show of it. */
export interface Source extends AsyncDisposable {
  readonly path: string;
  readonly film: AsfFilm;
  /** MD5 of every picture, no two in a row the same; none without video. A keyframe begins each second. */
  readonly pictures: readonly string[];
  /** Its frames as they are in the file. */
  readonly frames: HashedFrames;
}

/** Makes a film of the test media in a folder of its own. */
export async function makeSource(options: FilmOptions = {}): Promise<Source> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const path = await makeFilmFile(folder.path, 'film.asf', options);
  const isAudio = options.kind === 'audio';
  const film = await readFilm(path);
  const pictures = isAudio ? [] : withoutRepeats(await hashPictures(path));
  const frames = isAudio ? { video: [], audio: [] } : await hashFile(path);
  const made = stack.move();
  return { path, film, pictures, frames, [Symbol.asyncDispose]: () => made[Symbol.asyncDispose]() };
}

/** The pictures without those that are shown again, as players do that keep time. */
export function withoutRepeats(pictures: readonly string[]): string[] {
  return pictures.filter((picture, index) => picture !== pictures[index - 1]);
}

/** How ffmpeg pushes a film. */
export interface FilmPush {
  /** How many times as fast as real time; as fast as it is taken by default. */
  readonly speed?: number;
  /** How often the film is repeated. */
  readonly times?: number;
  readonly seconds?: number;
}

/** Starts ffmpeg as it pushes to an encoder's address; it ends by itself. */
export function pushWithFfmpeg(url: string, path: string, options: FilmPush = {}): RunningTool {
  const { speed, times = 1, seconds } = options;
  return runTool('ffmpeg', [
    ...['-hide_banner', '-nostdin', '-v', 'error'],
    ...(speed === undefined ? [] : ['-readrate', String(speed)]),
    ...[
      '-stream_loop',
      String(times - 1),
      '-i',
      path,
      ...(seconds === undefined ? [] : ['-t', String(seconds)]),
    ],
    ...['-map', '0', '-c', 'copy', '-f', 'asf_stream', '-content_type', 'application/x-wms-pushstart', url],
  ]);
}
