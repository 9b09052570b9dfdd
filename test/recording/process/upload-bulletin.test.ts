import { expect, test } from 'vitest';
import type { UploadNews } from '../../../src/recording/link/store-link.ts';
import { UploadBulletin } from '../../../src/recording/process/upload-bulletin.ts';

/** Somebody who is told. */
class Listener {
  readonly heard: string[] = [];

  onUpload({ what, ...about }: UploadNews): void {
    this.heard.push('why' in about ? `${what} ${about.why}` : what);
  }
}

const failed = (number: number): UploadNews =>
  ({ what: 'failed', why: String(number), recording: {} }) as UploadNews;

test('what nobody has heard is told to the first who listens, once', () => {
  const bulletin = new UploadBulletin();
  const [first, second] = [new Listener(), new Listener()];
  bulletin.tell(failed(1));
  bulletin.tell({ what: 'down', why: 'refused' });
  bulletin.follow(first);
  bulletin.tell(failed(2));
  bulletin.follow(second);
  bulletin.tell({ what: 'up', why: 'again' });
  bulletin.leave(first);
  bulletin.leave(second);
  bulletin.tell(failed(3));
  const third = new Listener();
  bulletin.follow(third);
  expect(first.heard).toEqual(['failed 1', 'down refused', 'failed 2', 'up again']);
  expect(second.heard).toEqual(['down refused', 'up again']);
  expect(third.heard).toEqual(['failed 3']);
});

test('of very much that nobody has heard the latest is told, and that uploads fail', () => {
  const bulletin = new UploadBulletin();
  bulletin.tell({ what: 'down', why: 'refused' });
  for (let number = 0; number < 1500; number++) bulletin.tell(failed(number));
  const listener = new Listener();
  bulletin.follow(listener);
  expect(listener.heard.length).toBe(1001);
  expect([listener.heard[0], listener.heard[1], listener.heard.at(-1)]).toEqual([
    'down refused',
    'failed 500',
    'failed 1499',
  ]);
});
