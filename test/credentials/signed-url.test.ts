import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  maxSignatureLength,
  permitOf,
  readSignature,
  SignatureError,
  type SignedPermit,
  SigningSecrets,
  secretLineProblem,
  signedVerbs,
  signPermit,
} from '../../src/credentials/signed-url.ts';

const secret = 'correct-horse-battery-staple-0123';
const secrets = new SigningSecrets([
  ['k1', secret],
  ['k2', 'another-secret'],
]);
const permit: SignedPermit = { verb: 'play', stream: 'vip/a', joinUntil: 1_800_000_000 };

const text = (maxLength: number) =>
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: Math.floor(maxLength / 8) });
const moment = fc.integer({ min: 0, max: 999_999_999_999 });
const permits: fc.Arbitrary<SignedPermit> = fc.record({
  verb: fc.constantFrom(...signedVerbs),
  stream: text(1024),
  joinUntil: moment,
  playUntil: fc.option(moment, { nil: undefined }),
  address: fc.option(text(64), { nil: undefined }),
  identity: fc.option(text(255), { nil: undefined }),
  relay: fc.option(text(255), { nil: undefined }),
});

test('what was signed is read as it was, with the secret of its id', () => {
  fc.assert(
    fc.property(permits, fc.constantFrom('k1', 'k2'), (signed, id) => {
      const signature = signPermit(signed, id, id === 'k1' ? secret : 'another-secret');
      expect(secrets.open(signature)).toEqual(signed);
      expect(signature.length).toBeLessThanOrEqual(maxSignatureLength);
    }),
  );
});

test('any text is a SignatureError, and nothing else', () => {
  const likely = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
  const framed = fc
    .array(fc.string({ maxLength: 30 }), { maxLength: 12 })
    .map((parts) => Buffer.concat(parts.map(framedField)).toString('base64url'));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), likely, framed), (shown) => {
      expect(() => secrets.open(shown)).toThrow(SignatureError);
    }),
  );
});

test('a signature with any character changed, added or left out is refused', () => {
  const signature = signPermit(permit, 'k1', secret);
  const signs = 'ABab01-_=+/ ';
  for (let at = 0; at <= signature.length; at++) {
    const without = signature.slice(0, at) + signature.slice(at + 1);
    if (at < signature.length) expect(() => secrets.open(without)).toThrow(SignatureError);
    for (const sign of signs) {
      const added = signature.slice(0, at) + sign + signature.slice(at);
      expect(() => secrets.open(added)).toThrow(SignatureError);
      const changed = signature.slice(0, at) + sign + signature.slice(at + 1);
      if (changed !== signature) expect(() => secrets.open(changed)).toThrow(SignatureError);
    }
  }
});

test('each field is bound: moving a byte to its neighbour changes the signature', () => {
  const near = { ...permit, identity: 'ab', relay: 'c' };
  const nearer = { ...permit, identity: 'a', relay: 'bc' };
  const macs = [near, nearer].map((one) => readSignature(signPermit(one, 'k1', secret)).seal);
  expect(macs[0]).not.toEqual(macs[1]);
});

describe('sentences', () => {
  const wrong =
    'the signature is wrong: it was altered, or made with a secret that this server does not have';
  test.each([
    { what: 'an unknown id', signature: signPermit(permit, 'k3', secret), sentence: wrong },
    { what: 'another secret', signature: signPermit(permit, 'k2', secret), sentence: wrong },
    {
      what: 'nothing',
      signature: '',
      sentence: 'the signature is not whole: it was cut or altered',
    },
    {
      what: 'one that was cut',
      signature: signPermit(permit, 'k1', secret).slice(0, -4),
      sentence: 'the signature is not whole: it was cut or altered',
    },
    {
      what: 'another version',
      signature: Buffer.concat([framedField('2'), Buffer.alloc(40)]).toString('base64url'),
      sentence: 'the signature is not of version 1, the only one that this server knows',
    },
    {
      what: 'a long text',
      signature: 'A'.repeat(maxSignatureLength + 1),
      sentence: `the signature has ${maxSignatureLength + 1} characters, and no signature has more than ${maxSignatureLength}`,
    },
  ])('$what', ({ signature, sentence }) => {
    expect(() => secrets.open(signature)).toThrow(new SignatureError(sentence));
  });

  test.each([
    { what: 'another verb', fields: ['1', 'k1', 'watch', 'a', '1', '', '', '', ''] },
    { what: 'no stream', fields: ['1', 'k1', 'play', '', '1', '', '', '', ''] },
    { what: 'no time', fields: ['1', 'k1', 'play', 'a', '', '', '', '', ''] },
    { what: 'a time that is no number', fields: ['1', 'k1', 'play', 'a', '1', '-1', '', '', ''] },
    { what: 'no text', fields: ['1', 'k1', 'play', '\xff', '1', '', '', '', ''] },
  ])('a right MAC over $what', ({ fields }) => {
    const parts = fields.map((field) => framedField(field));
    const bytes = Buffer.concat([...parts, Buffer.alloc(32)]);
    expect(() => permitOf(readSignature(bytes.toString('base64url')))).toThrow(
      new SignatureError('the signature says nothing that makes sense: its maker has a fault'),
    );
  });
});

test('what is too long for a signature is not signed', () => {
  expect(() => signPermit({ ...permit, stream: 'a'.repeat(1025) }, 'k1', secret)).toThrow(RangeError);
  expect(() => signPermit({ ...permit, identity: 'é'.repeat(128) }, 'k1', secret)).toThrow(RangeError);
});

test.each([
  { line: 'k1 secret', problem: undefined },
  { line: 'k1', problem: 'expected an id, a space and a secret' },
  { line: 'k1 secret more', problem: 'expected an id, a space and a secret' },
  { line: 'k:1 secret', problem: 'expected an id of 1 to 64 letters, digits, dots, dashes and underscores' },
  {
    line: `k1 ${'x'.repeat(513)}`,
    problem: 'expected a secret of 1 to 512 characters, none of them a space',
  },
])('the line $line', ({ line, problem }) => {
  expect(secretLineProblem(line)).toBe(problem);
});

/** A byte for each character. */
function framedField(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([Buffer.of(0, bytes.length), bytes]);
}
