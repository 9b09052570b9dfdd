import type { Frame } from '../../stream/frame.ts';

/**
 * Tells which frames without a byte mean something: audio without a byte says, once, that there is silence. What repeats it says
 * nothing, nor does any other frame without a byte.
 * @see Enhanced RTMP v2, Enhanced Audio: the audio silence message
 */
export class Silence {
  #hasSound = false;

  /** Whether the next frame of a source is to be passed on. */
  passes({ kind, payload }: Frame): boolean {
    const hadSound = this.#hasSound;
    if (kind === 'audio') this.#hasSound = payload.length > 0;
    return payload.length > 0 || (kind === 'audio' && hadSound);
  }
}
