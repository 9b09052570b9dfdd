import { expect, test } from 'vitest';
import { readSourceFiles } from '../support/import-rules.ts';
import { readText, root, tableRows } from '../support/markdown.ts';

/** Fewer words than these in a gap of a text are a name or a number. */
const FEW_WORDS = 4;

/** Every text in the sources, as what it matches: a gap for each placeholder. */
const texts: readonly RegExp[] = readSourceFiles(root, ['src', 'bin']).flatMap(({ text }) => {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const literals = [...code.matchAll(/'((?:[^'\\\n]|\\.)+)'|`((?:[^`\\]|\\.)+)`/g)];
  return literals.flatMap(([, plain, template]) => {
    const parts = (plain ?? template ?? '').trim().split(/\$\{(?:[^{}]|\{[^{}]*\})*\}/);
    if (parts.join('').replace(/\W/g, '').length < 10) return [];
    return new RegExp(`^${parts.map((part) => part.replace(/\W/g, '\\$&')).join('(.+?)')}$`);
  });
});

/** Whether some text of the sources is this sentence, and others what fills its gaps. */
function isSaid(sentence: string): boolean {
  return texts.some((text) => {
    const gaps = text.exec(sentence)?.slice(1);
    return gaps?.every((gap) => gap.trim().split(/\s+/).length < FEW_WORDS || isSaid(gap.trim())) ?? false;
  });
}

const symptoms = tableRows(readText('README.md'), 'you see');
const quotes = symptoms.flatMap(([seen = '']) =>
  [...seen.matchAll(/"([^"]+)"/g)].map(([, quote = '']) => quote),
);

test('every symptom has its cause and its cure', () => {
  for (const row of symptoms) expect(row).toEqual(Array(3).fill(expect.stringMatching(/\w{3}/)));
});

test('what the README says that one sees is what the relay says', () => {
  expect(quotes.length).toBeGreaterThan(5);
  expect(quotes.filter((quote) => !isSaid(quote))).toEqual([]);
});

test.for([
  "publishing is forbidden from 203.0.113.7: the server's setting access.publish does not list it",
  'cannot listen on rtmp [::]:1935: somebody else is already there',
])('a sentence that nothing says is found out: %s', (sentence) => {
  expect(isSaid(sentence)).toBe(false);
});
