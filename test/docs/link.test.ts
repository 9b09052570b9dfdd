import { expect, test } from 'vitest';
import { z } from 'zod';
import { houseMessage } from '../../src/service/fleet-link/house-message.ts';
import {
  LINK_DEADLINES,
  LINK_PATH,
  LINK_PROTOCOL,
  LINK_RATES,
  linkCloses,
  MAX_CHARACTERS,
  MAX_LINK_MESSAGE_BYTES,
  MAX_LISTED,
  MAX_REPORTED,
  MAX_SESSIONS,
  MAX_UNREAD_BYTES,
} from '../../src/service/fleet-link/link-limits.ts';
import { relayMessage } from '../../src/service/fleet-link/relay-message.ts';
import { readText } from '../support/markdown.ts';

const page = readText('docs/link.md');

test.each([
  { name: 'link-relay-message', title: 'What a relay says to its house', schema: relayMessage },
  { name: 'link-house-message', title: 'What a house says to its relays', schema: houseMessage },
])(
  'docs/schemas/$name.json is the schema of the messages: --update writes it',
  async ({ name, title, schema }) => {
    const { $schema, ...rest } = z.toJSONSchema(schema as z.ZodType);
    const text = `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`../../docs/schemas/${name}.json`);
  },
);

test('every message is shown, and what is shown is one', () => {
  const shown = [...page.matchAll(/```json answer\n(.*?)```/gs)].map(([, text = '']) => JSON.parse(text));
  const messages = shown.map((message) => z.union([relayMessage, houseMessage]).parse(message).type);
  const known = [relayMessage, houseMessage].flatMap((schema) =>
    (z.toJSONSchema(schema as z.ZodType).oneOf ?? []).flatMap((variant) => {
      const { const: one, enum: several } = (
        variant as { properties: { type: { const?: string; enum?: string[] } } }
      ).properties.type;
      return several ?? [one];
    }),
  );
  expect([...messages].sort()).toEqual(known.sort());
});

test('limits, deadlines and codes of the page are those that hold', () => {
  const number = new Intl.NumberFormat('en-US');
  for (const fact of [
    `\`${LINK_PATH}\``,
    `Sec-WebSocket-Protocol: ${LINK_PROTOCOL}`,
    `${number.format(MAX_LINK_MESSAGE_BYTES)} bytes`,
    `${number.format(MAX_LISTED.streams)} streams, ${number.format(MAX_LISTED.players)} players`,
    `${number.format(MAX_LISTED.bans)}, and of more`,
    `${MAX_REPORTED.parts} messages, ${number.format(MAX_REPORTED.streams)} streams and ${number.format(MAX_REPORTED.players)} players`,
    `first message of either side | within ${LINK_DEADLINES.firstMs / 1000} s`,
    `ping of the house | every ${LINK_DEADLINES.pingMs / 1000} s`,
    `pongs counted | ${LINK_DEADLINES.silenceMs / 1000} s`,
    `acknowledgement | ${LINK_DEADLINES.acknowledgeMs / 1000} s; of \`config\` and \`measure\` ${LINK_DEADLINES.longAcknowledgeMs / 1000} s`,
    `${number.format(LINK_RATES.messages.atOnce)} at once, ${LINK_RATES.messages.perSecond} a second`,
    `${LINK_RATES.bytes.atOnce / 2 ** 20} MiB at once, ${LINK_RATES.bytes.perSecond / 2 ** 20} MiB a second`,
    `has not read | ${MAX_UNREAD_BYTES / 2 ** 20} MiB`,
    `ids ${MAX_CHARACTERS.id} characters, stream keys ${number.format(MAX_CHARACTERS.key)}, labels and reasons of a kick ${MAX_CHARACTERS.label}`,
    `URLs ${number.format(MAX_CHARACTERS.url)}, problems ${number.format(MAX_CHARACTERS.problem)}`,
    `sessions at most ${number.format(MAX_SESSIONS)}`,
    ...Object.entries(linkCloses).map(([name, code]) => `| \`${name}\` | ${code} |`),
  ])
    expect(page).toContain(fact);
});
