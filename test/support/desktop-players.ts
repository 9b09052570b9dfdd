/** Players that show a stream in a window on the desktop; here they write the pictures that they would show to a file. */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { asOtherUser } from './other-user.ts';
import { temporaryFolder } from './packages.ts';
import { hashPictures } from './probe.ts';
import { type RunningTool, runTool } from './run-tool.ts';

/** A player that runs beside a test; it ends with its scope. */
export interface DesktopPlayer extends AsyncDisposable {
  /** MD5 of every picture that it has shown, in order, once it has ended well. */
  shown(): Promise<readonly string[]>;
}

/** Starts a player that shows a stream. @param seconds - of the stream; to its end by default */
export type Show = (url: string, seconds?: number) => Promise<DesktopPlayer>;

/** @param start - starts a player that writes to this file and may use that folder as its home */
async function showTo(start: (pictures: string, home: string) => RunningTool): Promise<DesktopPlayer> {
  const folder = await temporaryFolder();
  await chmod(folder.path, 0o777); // for a player of another user
  const pictures = join(folder.path, 'pictures.y4m');
  const tool = start(pictures, folder.path);
  return {
    shown: async () => {
      await tool.output;
      return await hashPictures(pictures);
    },
    [Symbol.asyncDispose]: async () => {
      await tool[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/**
 * VLC, which refuses to be run by root. What comes later than it has buffered for makes it throw away what it has not
 * decoded yet: on a busy machine the usual second is too little.
 */
export const showWithVlc: Show = (url, seconds) =>
  showTo((pictures, home) => {
    const output = ['--aout', 'dummy', '--vout', 'yuv', '--yuv-yuv4mpeg2', '--yuv-file', pictures];
    const plain = ['--intf', 'dummy', '--ignore-config', '--no-video-title-show', '--no-osd', '--no-spu'];
    const end = ['--play-and-exit', ...(seconds === undefined ? [] : ['--run-time', String(seconds)])];
    const late = ['--no-drop-late-frames', '--no-skip-frames', '--network-caching=4000'];
    const [program, ...args] = asOtherUser(['cvlc', ...plain, ...late, ...output, ...end, url]);
    return runTool(program, args, { env: { HOME: home } });
  });

/** MPlayer. */
export const showWithMplayer: Show = (url, seconds) => mplayer([url], seconds);

/** MPlayer, which is given a playlist. */
export const showListWithMplayer: Show = (url, seconds) => mplayer(['-playlist', url], seconds);

function mplayer(what: readonly string[], seconds?: number): Promise<DesktopPlayer> {
  return showTo((pictures, home) => {
    const output = ['-ao', 'null', '-vo', `yuv4mpeg:file=${pictures}`];
    const end = seconds === undefined ? [] : ['-frames', String(25 * seconds)];
    return runTool('mplayer', ['-noconfig', 'all', '-nolirc', ...output, ...end, ...what], {
      env: { HOME: home },
    });
  });
}
