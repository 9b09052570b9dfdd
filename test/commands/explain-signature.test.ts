import { describe, expect, test } from 'vitest';
import { explainSignature } from '../../src/commands/explain-signature.ts';
import { type SignedPermit, signPermit } from '../../src/credentials/signed-url.ts';

const joinUntil = 1_800_000_000;
const nowMs = (joinUntil - 60) * 1000;
const permit: SignedPermit = { verb: 'play', stream: 'vip/a', joinUntil };
const signature = signPermit(permit, 'k1', 'secret');
const secrets = new Map([['k1', 'secret']]);
const full = signPermit(
  { ...permit, playUntil: joinUntil + 60, address: '192.0.2.1', identity: 'ann\u001b[2J', relay: 'ottawa' },
  'k1',
  'secret',
);

test('says everything that is bound, without what moves a cursor', () => {
  expect(explainSignature(full, secrets, nowMs)).toEqual({
    lines: [
      'secret id   k1',
      'verb        play',
      'stream      vip/a',
      'join until  2027-01-15T08:00:00Z, in 1 minute',
      'play until  2027-01-15T08:01:00Z, in 2 minutes',
      'address     192.0.2.1',
      'identity    ann?[2J',
      'relay       ottawa',
      'It can be used now.',
    ],
    isValid: true,
  });
});

test.each([
  signature,
  `signature=${signature}`,
  `rtmp://HOST/vip/a?x=1&signature=${signature}`,
  `http://HOST:8080/vip/a.flv?signature=${signature}&start=live`,
])('finds it in %s', (written) => {
  expect(explainSignature(written, secrets, nowMs).isValid).toBe(true);
});

describe('the last line', () => {
  test.each([
    {
      what: 'no secrets',
      written: signature,
      line: 'It is in time. Whether it is right was not looked at: that takes --secret-file.',
    },
    {
      what: 'another secret',
      file: new Map([['k1', 'other']]),
      line: 'It cannot be used: it was altered, or made with another secret.',
    },
    {
      what: 'another id',
      file: new Map([['k2', 'secret']]),
      line: 'It cannot be used: the file holds no secret of the id k1.',
    },
    { what: 'a file with the secret alone', file: new Map([['', 'secret']]), line: 'It can be used now.' },
    {
      what: 'too late to join',
      file: secrets,
      at: joinUntil,
      line: 'It has expired: it can begin nothing any more.',
    },
    {
      what: 'over',
      written: full,
      file: secrets,
      at: joinUntil + 60,
      line: 'It has expired, and what was begun with it is over.',
    },
    {
      what: 'no signature',
      written: 'rtmp://HOST/vip/a',
      file: secrets,
      line: 'The signature is not whole: it was cut or altered.',
    },
    {
      what: 'two of them',
      written: `?signature=${signature}&signature=${full}`,
      file: secrets,
      line: 'The parameter signature stands in the URL more than once.',
    },
  ])('$what: $line', ({ written = signature, file, at = nowMs / 1000, line }) => {
    const { lines, isValid } = explainSignature(written, file, at * 1000);
    expect(lines.at(-1)).toBe(line);
    expect(isValid).toBe(/^It (can be used|is in time)/.test(line));
  });
});
