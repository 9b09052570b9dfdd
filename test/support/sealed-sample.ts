import type { WriterSeal } from '../../src/recording/sealing/sealed-writer.ts';

/** A sealed file that was written once and for all, so that files of this form can be read for ever. */
export const sealedSample: {
  readonly seal: WriterSeal;
  readonly bytes: Buffer;
  readonly head: string;
  readonly body: string;
  readonly facts: string;
} = {
  seal: { fileId: Buffer.alloc(16, 0x11), dataKey: Buffer.alloc(32, 0x22) },
  bytes: Buffer.from(
    [
      'U1BTRUFMMDERERERERERERERERERERERAAAADK/7yDKiMwC1YsNWwzW5FIwf466tOI5vhIs4rxQxL2xIth3EV8mjV2QAAAANsX7XOejCT8E6ZdgR',
      'qUrFzsWiHW/1dBrExkLfKVfTKXXXKDKdMgOlaxMAAAAKR0PvK2afvxKl/XTQa4WZXfsQCc3P+omfO90zfrlOjXMR3Y5cs2gAAAAGrRvKbCbrCnB5',
      '0jt7YQApz/QAzVvW3uyLN1yxmLbcx9YCZAAAAAbkJc/rtKRpc081rlQgLxRPPJPzY5sPMdiiqA0FHQcCaqZqAAAAEUcHnVD74H9fYFBeH5wZaJ/U',
      'rGIlCp/xEc3nXaasuxcbCQVFFoF54ZDKPF9vigAAACTdM+LnKg+4LBISjlXpSoBy3PS20+M3XDKAU5K6zeCAe+xZYyfdkXz3LOywpS+GlnrUKwyw',
      'pOwVZpOnP/ljodTA',
    ].join(''),
    'base64',
  ),
  head: 'head, ',
  body: 'first tags, second tags, third tags',
  facts: '{"durationMs":40}',
};
