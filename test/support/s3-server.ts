import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccessKey } from '../../src/credentials/storage/access-key.ts';
import { S3Client, type S3ClientHost } from '../../src/recording/upload/s3-client.ts';
import { S3Storage } from '../../src/recording/upload/s3-storage.ts';
import { connectStraight } from '../../src/session/upstream/server-connector.ts';
import { systemClock } from '../../src/stream/clock.ts';

/** The key that the server knows. */
export const knownKey: AccessKey = { id: 'S3RVER', secret: 'S3RVER', sessionToken: undefined };

interface Server {
  run(): Promise<{ readonly port: number }>;
  close(): Promise<void>;
  readonly httpServer: { closeAllConnections(): void };
}

/** s3rver in this process, with an empty bucket `recordings`. It knows of no versions. */
export class S3Server implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #folder: string;

  private constructor(server: Server, port: number, folder: string) {
    this.#server = server;
    this.port = port;
    this.#folder = folder;
  }

  static async start(): Promise<S3Server> {
    const Server = createRequire(import.meta.url)('@20minutes/s3rver') as new (options: object) => Server;
    const folder = await mkdtemp(join(tmpdir(), 's3-server-'));
    const server = new Server({
      address: '127.0.0.1',
      port: 0,
      silent: true,
      directory: folder,
      configureBuckets: [{ name: 'recordings' }],
    });
    const { port } = await server.run();
    return new S3Server(server, port, folder);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.httpServer.closeAllConnections();
    await this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A storage in the bucket `recordings` of a server; its connections are cut at the end of the scope. */
export function s3Storage(
  endpoint: string,
  host: Partial<S3ClientHost> = {},
  bucket = 'recordings',
): S3Storage & AsyncDisposable {
  const client = new S3Client(
    { endpoint, region: 'us-east-1', bucket, forcePathStyle: true },
    { clock: systemClock, connect: connectStraight, accessKey: () => knownKey, ...host },
  );
  const storage = new S3Storage(client);
  return Object.assign(storage, { [Symbol.asyncDispose]: () => storage.close() });
}
