import { expect, test } from 'vitest';
import { plainText } from '../../../../src/commands/ctl/terminal/line.ts';
import { whyLines } from '../../../../src/commands/ctl/terminal/why-lines.ts';
import type { StreamExplanation } from '../../../../src/service/admin/relay-status.ts';

test('the verdict first, then what was found, each with a sign and wrapped beside it', () => {
  const answer: StreamExplanation = {
    stream: 'live/cam1',
    verdict: 'Nobody publishes live/cam1.',
    findings: [
      { about: 'entry', ok: true, text: 'streams.0 ("**") lets it be published' },
      { about: 'publisher', ok: false, text: 'none; two were refused in the last minute, for want of a key' },
      { about: 'hooks', ok: null, text: 'none' },
    ],
  };
  expect(plainText(whyLines(answer, 46))).toEqual([
    'Nobody publishes live/cam1.',
    '✓ entry      streams.0 ("**") lets it be',
    '             published',
    '✗ publisher  none; two were refused in the',
    '             last minute, for want of a key',
    '· hooks      none',
  ]);
});
