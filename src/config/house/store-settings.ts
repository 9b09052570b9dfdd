import { z } from 'zod';
import { checkedString, fileName, section } from '../setting-schema.ts';
import { redisUrlProblem } from './redis-url.ts';

/** Where houses keep what they decide. */
export interface StoreSettings {
  /** `file` (default): in the folder of a house that is alone; `redis`: on a server that several houses share. */
  readonly type: 'file' | 'redis';
  /** redis://, rediss:// or unix:// URL of the server; null (default): there is none, or it is in a file. */
  readonly url: string | null;
  /** File that holds the URL, where it has a password; null (default): none. */
  readonly urlFile: string | null;
  /** What the names of all that is kept on the server begin with, 1 to 64 characters; default `streampump:`. */
  readonly prefix: string;
}

/** How the Redis server is reached. */
export type RedisStoreSettings = Pick<StoreSettings, 'url' | 'urlFile' | 'prefix'>;

/** Schema of `store`. */
export const storeSettings: z.ZodType<StoreSettings> = section<StoreSettings>(
  {
    type: z.enum(['file', 'redis']).default('file'),
    url: checkedString(redisUrlProblem, 'URL').nullable().default(null),
    urlFile: fileName.nullable().default(null),
    prefix: checkedString(prefixProblem, 'name').default('streampump:'),
  },
  ({ type, url = null, urlFile = null }: Partial<StoreSettings>, context) => {
    const tell = (name: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [name], message });
    if (type !== 'redis') return;
    if (url === null && urlFile === null) tell('url', 'expected a URL here, or a file with one in urlFile');
    if (url !== null && urlFile !== null) tell('urlFile', 'expected nothing, because there is a url');
  },
);

function prefixProblem(prefix: string): string | undefined {
  return /^[\w:.-]{1,64}$/.test(prefix)
    ? undefined
    : 'expected 1 to 64 letters, digits and characters of ._:-';
}
