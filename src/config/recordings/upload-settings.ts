import { z } from 'zod';
import { parseMediaUrl } from '../../media-url.ts';
import { checkedString, fileName, integer, section } from '../setting-schema.ts';

/** Where recordings are uploaded to, a bucket of an S3-compatible storage, and how. */
export interface UploadSettings {
  /** http:// or https:// URL of the storage, without a path. */
  readonly endpoint: string;
  /** Region that requests are signed for, 1 to 64 letters, digits, dashes and underscores; default `us-east-1`. */
  readonly region: string;
  /** Name of the bucket. */
  readonly bucket: string;
  /** What the keys of all objects begin with: segments, each with a slash behind it; default none. */
  readonly prefix: string;
  /**
   * File with an access key: a line with its id and one with its secret, and perhaps one with a session token. In a config file
   * relative to the folder that it is in.
   */
  readonly credentialsFile: string;
  /** Whether the bucket is named in the path (default), or as a part of the host name. */
  readonly forcePathStyle: boolean;
  /** How long a recording stays in the folder once it is uploaded, milliseconds, 0 to 10 years; null (default): until it is deleted. */
  readonly keepLocalMs: number | null;
  /** Recordings that are uploaded at a time, 1 to 8; default 2. */
  readonly maxUploadsAtOnce: number;
  /** All uploads together, 64 KiB to 10 GiB a second; null (default): as fast as they go. */
  readonly maxBytesPerSecond: number | null;
}

type WrittenUpload = Omit<UploadSettings, 'endpoint' | 'bucket' | 'credentialsFile'> & {
  readonly [K in 'endpoint' | 'bucket' | 'credentialsFile']: string | null;
};

const tenYearsMs = 315_360_000_000;

/** Schema of `recordings.upload`; without an endpoint nothing is uploaded. */
export const uploadSettings: z.ZodType<UploadSettings | null> = section<WrittenUpload>(
  {
    endpoint: checkedString(endpointProblem, 'URL').nullable().default(null),
    region: checkedString(regionProblem, 'name').default('us-east-1'),
    bucket: checkedString(bucketProblem, 'name').nullable().default(null),
    prefix: checkedString(prefixProblem, 'name').default(''),
    credentialsFile: fileName.nullable().default(null),
    forcePathStyle: z.boolean().default(true),
    keepLocalMs: z.int().min(0).max(tenYearsMs).nullable().default(null),
    maxUploadsAtOnce: integer(1, 8, 2),
    maxBytesPerSecond: z
      .int()
      .min(65_536)
      .max(10 * 2 ** 30)
      .nullable()
      .default(null),
  },
  ({ endpoint, ...rest }: Partial<WrittenUpload>, context) => {
    if (endpoint === null || endpoint === undefined) return;
    for (const [name, what] of needed)
      if ((rest[name] ?? null) === null)
        context.addIssue({
          code: 'custom',
          path: [name],
          message: `expected ${what}, because there is an endpoint`,
        });
  },
)
  .nullable()
  .default(null)
  .transform((wanted) => (wanted?.endpoint == null ? null : (wanted as UploadSettings)));

const needed = [
  ['bucket', 'the name of a bucket'],
  ['credentialsFile', 'the file of an access key'],
] as const;

function endpointProblem(endpoint: string): string | undefined {
  const isEndpoint = /^https?:\/\/[^\s/?#\\@]+\/?$/i.test(endpoint) && parseMediaUrl(endpoint) !== undefined;
  return isEndpoint
    ? undefined
    : 'expected a URL without path, user and password such as https://s3.eu-central-1.amazonaws.com or http://127.0.0.1:9000';
}

function regionProblem(region: string): string | undefined {
  return /^[\w-]{1,64}$/.test(region)
    ? undefined
    : 'expected 1 to 64 letters, digits, dashes and underscores';
}

function bucketProblem(bucket: string): string | undefined {
  return /^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/.test(bucket)
    ? undefined
    : 'expected a name of 3 to 63 lower-case letters, digits, dots and dashes';
}

function prefixProblem(prefix: string): string | undefined {
  return /^(?:(?!\.{1,2}\/)[\w.=-]{1,128}\/){0,8}$/.test(prefix)
    ? undefined
    : 'expected nothing, or up to 8 segments of letters, digits and characters of ._=-, each with a slash behind it, such as relay-1/';
}
