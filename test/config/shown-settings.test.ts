import { expect, test } from 'vitest';
import { z } from 'zod';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { checkedString, settings, variantsOf } from '../../src/config/setting-schema.ts';
import { shownSettings } from '../../src/config/shown-settings.ts';

/** A word for each place of a config where a secret may stand. */
class Secrets {
  readonly words: string[] = [];

  /** At least as long as any secret has to be. */
  get next(): string {
    const word = `secret-word-number-${1000 + this.words.length}`;
    this.words.push(word);
    return word;
  }
}

test('of a config with a secret in every place that takes one, none is shown', () => {
  const secrets = new Secrets();
  const url = (scheme: string): string =>
    `${scheme}://user:${secrets.next}@host.example/live/cam?token=${secrets.next}`;
  const config = relaySettings.parse({
    streams: [
      { match: 'tv/a', source: { type: 'pull', urls: [url('rtmp'), url('https')], start: 'always' } },
      { match: '**', source: { type: 'push' }, forward: [`rtmp://host.example/live/${secrets.next}`] },
    ],
    access: {
      rules: [
        {
          verbs: ['publish', 'play'],
          require: [
            {
              type: 'key',
              values: [secrets.next, `name ${secrets.next}`],
              streamKeys: { 'live/a': [secrets.next] },
            },
            { type: 'signed', secrets: { k1: secrets.next } },
            { type: 'jwt', secret: secrets.next },
            { type: 'jwt', jwksUrl: `https://login.example/keys?token=${secrets.next}` },
          ],
        },
      ],
    },
    hooks: [
      {
        events: ['publish'],
        url: `https://user:${secrets.next}@hooks.example/${secrets.next}`,
        secret: secrets.next,
      },
      { events: ['streamUp'], exec: ['/usr/bin/tell', '--password', secrets.next] },
    ],
    drain: { reconnectUrl: `rtmp://host.example:1935/live/cam?token=${secrets.next}` },
    proxy: { url: `http://user:${secrets.next}@proxy.example:3128` },
  });
  const whole = JSON.stringify(config);
  expect(secrets.words.filter((word) => !whole.includes(word))).toEqual([]);
  const shown = JSON.stringify(shownSettings(relaySettings, config));
  expect(secrets.words.filter((word) => shown.includes(word))).toEqual([]);
  expect(shownSettings(relaySettings, config)).toMatchObject({
    streams: [
      { match: 'tv/a', source: { urls: ['rtmp://host.example/live/cam', 'https://host.example/live/cam'] } },
      { forward: ['rtmp://host.example/live/***'] },
    ],
    access: { rules: [{ require: [{ streamKeys: { 'live/a': ['***'] } }, {}, { secret: '***' }, {}] }] },
    hooks: [
      { url: 'https://hooks.example/***', secret: '***', events: ['publish'] },
      { exec: ['***', '***', '***'] },
    ],
  });
});

test('what is no secret is shown as it is', () => {
  const config = relaySettings.parse({ name: 'ottawa', listen: { admin: { names: ['relay.example'] } } });
  const shown = shownSettings(relaySettings, config);
  expect(shown).toEqual(JSON.parse(JSON.stringify(config)));
});

/** Every text in a schema, with its path and what the schema calls it. */
function textsIn(schema: z.ZodType, path = ''): readonly { readonly path: string; readonly noun: string }[] {
  return variantsOf(schema).flatMap((variant) => {
    if (variant instanceof z.ZodString) return [{ path, noun: variant.description ?? '' }];
    if (variant instanceof z.ZodArray) return textsIn(variant.element as z.ZodType, `${path}[]`);
    if (variant instanceof z.ZodRecord) return textsIn(variant.valueType as z.ZodType, `${path}{}`);
    if (variant instanceof z.ZodDiscriminatedUnion)
      return variant.options.flatMap((option) => textsIn(option as z.ZodType, path));
    if (!(variant instanceof z.ZodObject)) return [];
    return Object.entries(variant.shape).flatMap(([name, inner]) =>
      textsIn(inner as z.ZodType, path === '' ? name : `${path}.${name}`),
    );
  });
}

test('whatever setting is called a secret, a password, a key or the like is hidden, and no other text is', () => {
  const texts = textsIn(relaySettings);
  expect(texts.length).toBeGreaterThan(50);
  const isHidden = (noun: string): boolean => {
    const schema = settings<{ text: string }>({ text: checkedString(() => undefined, noun) });
    return JSON.stringify(shownSettings(schema, { text: 'word' })) === '{"text":"***"}';
  };
  const suspicious = /secret|password|passphrase|community|users|values|streamKeys|exec/i;
  const wrong = texts.filter(
    ({ path, noun }) =>
      noun !== 'URL' && !/File$|\.file$/.test(path) && suspicious.test(path) !== isHidden(noun),
  );
  expect(wrong).toEqual([]);
});

test('a text of which the schema does not say what it is is hidden', () => {
  const schema = settings<{ text: string; number: number }>({ text: z.string(), number: z.int() });
  expect(shownSettings(schema, { text: 'word', number: 1 })).toEqual({ text: '***', number: 1 });
});
