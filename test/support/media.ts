import { fileURLToPath } from 'node:url';

/** Path of 10 s of Big Buck Bunny as FLV: H.264 and AAC, 25 frames a second. */
export const bbbPath: string = fileURLToPath(new URL('../fixtures/bbb.flv', import.meta.url));
