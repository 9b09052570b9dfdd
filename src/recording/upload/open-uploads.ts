import { readAccessKey } from '../../credentials/storage/access-key.ts';
import { ServerConnector } from '../../session/upstream/server-connector.ts';
import { systemClock } from '../../stream/clock.ts';
import type { UploadFigures } from '../store/recording-uploads.ts';
import type { RecordingUploadSettings } from '../store/store-settings.ts';
import { BucketUploads } from './bucket-uploads.ts';
import { ByteRate } from './byte-rate.ts';
import { S3Client } from './s3-client.ts';
import { S3Storage } from './s3-storage.ts';

/** Uploads as the settings say. @param onFigures - told of each change @throws TypeError when the endpoint is no URL of HTTP */
export function openUploads(
  settings: RecordingUploadSettings,
  onFigures: (figures: UploadFigures) => void,
): BucketUploads {
  const { proxy, ca, credentialsFile, maxBytesPerSecond } = settings;
  const connector = new ServerConnector(systemClock, { proxy, ...(ca && { trust: { ca } }) });
  const client = new S3Client(settings, {
    clock: systemClock,
    connect: connector.connect,
    accessKey: () => readAccessKey(credentialsFile),
    ...(maxBytesPerSecond !== null && { rate: new ByteRate(maxBytesPerSecond) }),
  });
  return new BucketUploads(new S3Storage(client), settings, onFigures);
}
