import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redaction } from '../src/redaction.ts';

const secret = 'Open~Sesame_77/ä';
const redaction = new Redaction([secret, 'pw'], ['a=1']);

const bytes = Buffer.from(secret);
const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

describe('a secret is hidden', () => {
  test.each([
    ['as it is', secret],
    ['in capitals', secret.replace(/[a-z]/g, (letter) => letter.toUpperCase())],
    ['in small letters', secret.toLowerCase()],
    ['percent-encoded where that has to be', encodeURIComponent(secret)],
    ['percent-encoded throughout', percent],
    ['percent-encoded in capitals', percent.toUpperCase()],
    ['percent-encoded in part', `Open~${percent.slice(15)}`],
    ['percent-encoded twice', encodeURIComponent(percent)],
    ['percent-encoded three times', encodeURIComponent(encodeURIComponent(percent))],
    ['escaped as in JSON', secret.replace('/', '\\/').replace('O', '\\u004f')],
    ['hexadecimal', bytes.toString('hex')],
    ['Base64', bytes.toString('base64')],
    ['base64url', bytes.toString('base64url')],
    ['Base64 that is percent-encoded', encodeURIComponent(bytes.toString('base64'))],
  ])('%s', (_how, spelled) => {
    expect(redaction.hide(`no "${spelled}" here`)).toMatch(/^no "\*\*\*" here$/);
  });

  test.each([0, 1, 2, 3, 4, 5])('in Base64 of more than itself, behind %i bytes', (before) => {
    const whole = Buffer.from(`${'x'.repeat(before)}${secret}${'y'.repeat(3)}`).toString('base64');
    const shown = redaction.hide(whole);
    expect(shown).toContain('***');
    expect(shown.replaceAll('*', '').length).toBeLessThan(15);
  });

  test('in part', () => {
    expect(redaction.hide('Open~Ses and same_77')).toBe('*** and ***');
  });
});

test('a short secret is hidden where it is a word', () => {
  expect(redaction.hide('pw: (PW) %70w a=1 pwd xpw ba=1')).toBe('***: (***) *** *** pwd xpw ba=1');
});

test('what is not secret is shown as it is', () => {
  const text = 'Grüße 100 % \\x zz%zz \u{1f3a5} 東京';
  expect(redaction.hide(text)).toBe(text);
  expect(new Redaction(['', ''], ['']).hide('a  b')).toBe('a  b');
});

describe('what somebody else says', () => {
  test('is quoted, and has no quotes of its own', () => {
    expect(redaction.sentence('404 Not Found', 'no "live/a" here')).toBe(
      `"no 'live/a' here" (404 Not Found)`,
    );
    expect(redaction.sentence('404 Not Found', ' \u200b\n')).toBe('404 Not Found');
    expect(redaction.sentence(`lost ${secret}`)).toBe('lost ***');
  });

  test('is put together again before it is looked through', () => {
    const invisible = [...secret].join('\u200b');
    expect(redaction.sentence('no', `\u202e${invisible}\u0007`)).toBe('"***" (no)');
    expect(redaction.sentence(`no ${[...secret].join('\0')}`)).toBe('no ***');
  });

  test('is one line', () => {
    expect(redaction.sentence('no\n  at\u2028all', ' a\r\n\tb ')).toBe('"a b" (no at all)');
  });

  test('is short, however long it is', () => {
    expect(redaction.sentence('no', 'x'.repeat(2 ** 23))).toBe(`"${'x'.repeat(197)}..." (no)`);
    expect(redaction.hide('y'.repeat(2 ** 23))).toHaveLength(1000);
  });

  test.each([encodeURIComponent(percent), secret, percent, bytes.toString('base64')])(
    'does not show the beginning of %s where it is cut',
    (spelled) => {
      for (let length = 0; length < 300; length++) {
        const shown = redaction.sentence('no', ' '.repeat(length) + '.'.repeat(180) + spelled);
        expect(shown).toMatch(/^"\.*\**(?:\.\.\.)?" \(no\)$/);
      }
      for (let length = 4096 - spelled.length; length < 4096; length++) {
        const full = spelled.repeat(Math.ceil(4200 / spelled.length));
        const shown = redaction.hide('.'.repeat(length % spelled.length) + full);
        expect(shown).toMatch(/^\.*\**\.\.\.$/);
      }
    },
  );
});

test('whatever the secret, and whatever stands around it, six bytes of it in a row are not shown', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const spelling = fc.constantFrom<(value: string) => string>(
    (value) => value,
    encodeURIComponent,
    (value) => Buffer.from(value).toString('base64'),
    (value) => Buffer.from(value).toString('base64url'),
    (value) => Buffer.from(value).toString('hex'),
  );
  fc.assert(
    fc.property(
      fc.string({ minLength: 8, maxLength: 40 }),
      text,
      text,
      spelling,
      (value, before, after, spell) => {
        const spelled = spell(value);
        const shown = new Redaction([value]).hide(before + spelled + after);
        const runs = Array.from({ length: spelled.length - 5 }, (_, at) => spelled.slice(at, at + 6));
        const seen = runs.filter(
          (run) => shown.includes(run) && !before.includes(run) && !after.includes(run),
        );
        expect(seen).toEqual([]);
      },
    ),
  );
});
