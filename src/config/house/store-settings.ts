import { z } from 'zod';
import { checkedString, fileName, settings } from '../setting-schema.ts';
import { redisUrlProblem } from './redis-url.ts';

/** One house keeps its decisions in its own folder. */
export interface FileStoreSettings {
  readonly type: 'file';
}

/** Several houses share theirs, and what each knows, by a Redis server. */
export interface RedisStoreSettings {
  readonly type: 'redis';
  /** redis://, rediss:// or unix:// URL of the server; null (default) where it is in a file. */
  readonly url: string | null;
  /** File that holds it, where it has a password; null (default): none. */
  readonly urlFile: string | null;
  /** What the names of all that is kept there begin with, 1 to 64 characters; default `streampump:`. */
  readonly prefix: string;
}

/** Where houses keep what they decide. */
export type StoreSettings = FileStoreSettings | RedisStoreSettings;

const redis = settings<RedisStoreSettings>({
  type: z.literal('redis'),
  url: checkedString(redisUrlProblem, 'URL').nullable().default(null),
  urlFile: fileName.nullable().default(null),
  prefix: checkedString(prefixProblem, 'name').default('streampump:'),
});

/** Schema of `store`. */
export const storeSettings: z.ZodType<StoreSettings> = z
  .discriminatedUnion('type', [settings<FileStoreSettings>({ type: z.literal('file') }), redis])
  .superRefine((store, context) => {
    if (store.type !== 'redis' || (store.url === null) !== (store.urlFile === null)) return;
    const message =
      store.url === null
        ? 'expected a URL, or a file with one in urlFile'
        : 'expected either a URL or a file';
    context.addIssue({ code: 'custom', path: ['url'], message });
  })
  .default({ type: 'file' });

function prefixProblem(prefix: string): string | undefined {
  return /^[\w:.-]{1,64}$/.test(prefix)
    ? undefined
    : 'expected 1 to 64 letters, digits and characters of ._:-';
}
