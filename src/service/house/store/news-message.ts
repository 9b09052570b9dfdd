/** What houses tell each other by Redis: JSON, judged like what any peer says. */
import { z } from 'zod';
import { MAX_RELAYS } from '../../../config/house/roster-settings.ts';
import { settings } from '../../../config/setting-schema.ts';
import { MAX_CHARACTERS, MAX_LINK_MESSAGE_BYTES, MAX_LISTED } from '../../fleet-link/link-limits.ts';
import { relayMessage, type Telemetry } from '../../fleet-link/relay-message.ts';
import type { HouseNews } from './house-store.ts';

/** No message has more characters: what a relay may say at once, and what a house says of it. */
export const MAX_NEWS_CHARACTERS: number = MAX_LINK_MESSAGE_BYTES + 65_536;

/** So many places, or relays with reservations, are told at once. */
const MAX_PLACES = 10_000;

/** What is said of the store itself: there is another edition of what all share. */
export type StoreNews = { readonly what: 'decided' } | { readonly what: 'roster' };

/** News, and the house that tells them. */
export interface NewsMessage {
  readonly from: string;
  readonly news: HouseNews | StoreNews;
}

const id = z.string().min(1).max(MAX_CHARACTERS.id);
const place = z.tuple([z.string().max(2 * MAX_CHARACTERS.key), id, z.number()]);
const telemetry = relayMessage.refine(({ type }) => type === 'telemetry') as unknown as z.ZodType<Telemetry>;

type Told<What extends HouseNews['what']> = Extract<HouseNews, { readonly what: What }>;

const news: z.ZodType<HouseNews | StoreNews> = z.discriminatedUnion('what', [
  settings<Extract<StoreNews, { what: 'decided' }>>({ what: z.literal('decided') }),
  settings<Extract<StoreNews, { what: 'roster' }>>({ what: z.literal('roster') }),
  settings<Told<'arrived'>>({ what: z.literal('arrived') }),
  settings<Told<'report'>>({
    what: z.literal('report'),
    relay: id,
    software: z.string().max(MAX_CHARACTERS.label),
    instance: id,
    linkedAt: z.number(),
    telemetry,
  }),
  settings<Told<'unlinked'>>({ what: z.literal('unlinked'), relay: id }),
  settings<Told<'reserved'>>({
    what: z.literal('reserved'),
    relays: z.record(id, z.int().min(0)).refine((all) => Object.keys(all).length <= MAX_RELAYS),
  }),
  settings<Told<'placed'>>({ what: z.literal('placed'), places: z.array(place).max(MAX_PLACES) }),
  settings<Told<'measured'>>({
    what: z.literal('measured'),
    relay: id,
    roundTrips: z
      .record(id, z.number().min(0).nullable())
      .refine((all) => Object.keys(all).length <= MAX_LISTED.targets),
  }),
  settings<Told<'instruct'>>({ what: z.literal('instruct'), id, relay: id, instruction: z.unknown() }),
  settings<Told<'answer'>>({ what: z.literal('answer'), id, answer: z.unknown() }),
]);

const newsMessage: z.ZodType<NewsMessage> = settings<NewsMessage>({ from: id, news });

/** As it is sent; undefined where it would be too long. */
export function newsText(message: NewsMessage): string | undefined {
  const text = JSON.stringify(message);
  return text.length > MAX_NEWS_CHARACTERS ? undefined : text;
}

/** What somebody says; a sentence without its first capital where nobody can understand it. */
export function readNews(text: string): NewsMessage | string {
  if (text.length > MAX_NEWS_CHARACTERS)
    return `it has ${text.length} characters, limit ${MAX_NEWS_CHARACTERS}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  const found = newsMessage.safeParse(value);
  if (found.success) return found.data;
  return `it is not as a house says it at ${found.error.issues[0]?.path.join('.') || 'its beginning'}`;
}
