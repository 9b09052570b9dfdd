/** Players of MMSH and ASF that nobody here wrote. All of them decode WMV2 to the same pictures, bit by bit. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { type DesktopPlayer, type Show, showWithMplayer, showWithVlc } from './desktop-players.ts';
import { readHashes } from './probe.ts';
import { runTool } from './run-tool.ts';
import { withoutRepeats } from './wms/films.ts';

/** A player, and by which URL it plays. */
export interface AsfPlayer {
  readonly name: string;
  readonly show: Show;
  /** As users type it. @param at - host, port and path */
  readonly url: (at: string) => string;
  /** How many of the last pictures it does not show before it ends, as with a file. */
  readonly keepsBack: number;
  /**
   * How many pictures it may leave out, whose time has passed before its output thread ran: none by default. On a busy
   * machine VLC does so with its first ones.
   * @see https://code.videolan.org/videolan/vlc/-/blob/3.0.x/src/video_output/video_output.c (ThreadDisplayPicture)
   */
  readonly leavesOut?: number;
}

const decoded = ['-map', '0:v:0', '-fps_mode', 'passthrough', '-pix_fmt', 'yuv420p'];

const showWithFfmpeg: Show = async (url, seconds) => {
  const end = seconds === undefined ? [] : ['-t', String(seconds)];
  const output = [...end, ...decoded, '-flush_packets', '1', '-f', 'framemd5', '-'];
  const tool = runTool('ffmpeg', ['-nostdin', '-v', 'error', '-i', url, ...output]);
  return {
    shown: async () => readHashes(await tool.output).video.map(({ hash }) => hash),
    [Symbol.asyncDispose]: () => tool[Symbol.asyncDispose](),
  };
};

/** Size of a picture of the films that tests play, bytes. */
const pictureBytes = (320 * 180 * 3) / 2;

/** GStreamer by plain HTTP. @param seconds - of the stream, from the moment when it starts */
const showWithGStreamer: Show = async (url, seconds) => {
  const source = ['souphttpsrc', `location=${url}`, 'is-live=true', '!', 'asfdemux', 'name=demux'];
  const video = ['demux.video_0', '!', 'queue', '!', 'avdec_wmv2', '!', 'videoconvert'];
  const end = seconds === undefined ? [] : ['!', 'identity', `eos-after=${25 * seconds}`];
  const sink = ['!', 'video/x-raw,format=I420', ...end, '!', 'fdsink', 'fd=1', 'sync=false'];
  const tool = runTool('gst-launch-1.0', ['-q', ...source, ...video, ...sink]);
  return {
    shown: async () => {
      await tool.output;
      const bytes = tool.stdoutBuffer;
      return Array.from({ length: bytes.length / pictureBytes }, (_, index) =>
        createHash('md5')
          .update(bytes.subarray(index * pictureBytes, (index + 1) * pictureBytes))
          .digest('hex'),
      );
    },
    [Symbol.asyncDispose]: () => tool[Symbol.asyncDispose](),
  };
};

const readerPath = fileURLToPath(new URL('wms/read-libmms.py', import.meta.url));

/** libmms, which other players play by. @param seconds - not counted: it reads to the end */
const showWithLibmms: Show = async (url) => {
  const tool = runTool('python3', [readerPath, url]);
  return {
    shown: async () => {
      await tool.output;
      const args = ['-v', 'error', '-i', '-', ...decoded, '-f', 'framemd5', '-'];
      await using ffmpeg = runTool('ffmpeg', args, { input: tool.stdoutBuffer });
      return readHashes(await ffmpeg.output).video.map(({ hash }) => hash);
    },
    [Symbol.asyncDispose]: () => tool[Symbol.asyncDispose](),
  };
};

const by =
  (scheme: string): AsfPlayer['url'] =>
  (at) =>
    `${scheme}://${at}`;

/** Each player, by each way to play that it has. */
export const asfPlayers: readonly AsfPlayer[] = [
  { name: 'ffmpeg, mmsh://', show: showWithFfmpeg, url: by('mmsh'), keepsBack: 0 },
  { name: 'ffmpeg, http://', show: showWithFfmpeg, url: by('http'), keepsBack: 0 },
  { name: 'VLC, mmsh://', show: showWithVlc, url: by('mmsh'), keepsBack: 1, leavesOut: 5 },
  { name: 'VLC, mms://', show: showWithVlc, url: by('mms'), keepsBack: 1, leavesOut: 5 },
  { name: 'VLC, http://', show: showWithVlc, url: by('http'), keepsBack: 1, leavesOut: 5 },
  { name: 'MPlayer, mmsh://', show: showWithMplayer, url: by('mmsh'), keepsBack: 1 },
  { name: 'MPlayer, http://', show: showWithMplayer, url: by('http'), keepsBack: 1 },
  { name: 'libmms, mmsh://', show: showWithLibmms, url: by('mmsh'), keepsBack: 0 },
  { name: 'libmms, mms://', show: showWithLibmms, url: by('mms'), keepsBack: 0 },
  { name: 'GStreamer, http://', show: showWithGStreamer, url: by('http'), keepsBack: 0 },
];

/** Pictures from a keyframe to the next one of the films that tests play. */
const groupPictures = 25;

/**
 * Holds a player to it that it has shown every picture of a film from a keyframe to the end, in order, and nothing else.
 * @param film - MD5 of its pictures
 * @returns place of that keyframe
 */
export function expectWhole(
  { name, keepsBack, leavesOut = 0 }: AsfPlayer,
  shown: readonly string[],
  film: readonly string[],
): number {
  const pictures = withoutRepeats(shown);
  const places: number[] = [];
  for (const picture of pictures) places.push(film.indexOf(picture, (places.at(-1) ?? -1) + 1));
  expect(places, `${name} has shown pictures that are not in the film, or not there`).not.toContain(-1);
  const [first = 0] = places;
  const last = places.at(-1) ?? -1;
  const keyframe = first - (first % groupPictures);
  expect(last, `the last picture of ${name}`).toBeGreaterThanOrEqual(film.length - 1 - keepsBack);
  const leftOut = last + 1 - keyframe - places.length;
  expect(leftOut, `left out by ${name}, which has shown ${places.join(', ')}`).toBeLessThanOrEqual(leavesOut);
  return keyframe;
}

/** Players that are started together. */
export class AsfAudience implements AsyncDisposable {
  readonly #players: readonly { readonly player: AsfPlayer; readonly shown: DesktopPlayer }[];

  private constructor(players: readonly { readonly player: AsfPlayer; readonly shown: DesktopPlayer }[]) {
    this.#players = players;
  }

  /** @param at - host, port and path of a stream @param seconds - of it; to its end by default */
  static async start(
    at: string,
    players: readonly AsfPlayer[] = asfPlayers,
    seconds?: number,
  ): Promise<AsfAudience> {
    return new AsfAudience(
      await Promise.all(
        players.map(async (player) => ({ player, shown: await player.show(player.url(at), seconds) })),
      ),
    );
  }

  get size(): number {
    return this.#players.length;
  }

  /** MD5 of the pictures that each has shown, once all have ended well, in the order in which they were started. */
  async shown(): Promise<{ readonly player: AsfPlayer; readonly pictures: readonly string[] }[]> {
    return await Promise.all(
      this.#players.map(async ({ player, shown }) => ({ player, pictures: await shown.shown() })),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#players.map(({ shown }) => shown[Symbol.asyncDispose]()));
  }
}
