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
      'U1BTRUFMMDERERERERERERERERERERERAAAABnsfneCaML2Uk6JycZdkRDHzTY6yd+UmKeeUCfohirrE/qoAAAAMath6XkcXBUGWsSCu3a/LUWZz',
      'LkTMRJahnmKyMAWuIjfgga94hQ4GQgAAAA3skNl1ldbTxFFfgBFuMeFVq1X9BqRfgWCmp1AHmtePc8Htvec76w/VBQAAAApekcFPFeULTuH3IpbC',
      'iKuXk6IY3QneFVIwiiwYf8hAlo+u+d5sNQAAAAbpCckPl4+tg+qzpfnYxBqhWPll5pN0SLmPHJQZ1gYTJWmAAAAABosRXWNFP32mC5PxFF+hbSOf',
      'IdB9jWtrxRTQ1GIKjjpZiq8AAAARgPvFFlCfZsgbtdcVieFUoqy43XuK4dg9RvXTvThejOLMJI3uwB5yKUA2v9yWAAAAKEQkBe5xN//59MXNVehR',
      '5IHNbpiGczw2ND4hL+GKnv8wXr71NS8dh2U/HRawQQoinpSrDkYYlmJsm5hnz9LC4KCu8/hx',
    ].join(''),
    'base64',
  ),
  head: 'head, ',
  body: 'first tags, second tags, third tags',
  facts: '{"durationMs":40}',
};
