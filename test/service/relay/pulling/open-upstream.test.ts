import { describe, expect, test } from 'vitest';
import { AllowedHosts, redirectedUrl } from '../../../../src/service/relay/pulling/open-upstream.ts';

describe('a redirect from rtmp://origin:1940/live/cam?token=x', () => {
  test.each([
    ['rtmp://other/live/cam', 'rtmp://other:1935/live/cam'],
    ['rtmp://other/edge', 'rtmp://other:1935/edge/cam?token=x'],
    ['rtmp://other', 'rtmp://other:1935/live/cam?token=x'],
    ['rtmp://other/', 'rtmp://other:1935/live/cam?token=x'],
    ['rtmp://other/edge?session=1?2', 'rtmp://other:1935/edge/cam?session=1?2'],
    ['rtmps://other/edge/b/c?d', 'rtmps://other:443/edge/b/c?d'],
    ['rtmp://[::1]:80/edge', 'rtmp://[::1]:80/edge/cam?token=x'],
    ['/edge/other', 'rtmp://origin:1940/edge/other'],
  ])('to %s leads to %s', (to, url) => {
    expect(redirectedUrl('rtmp://origin:1940/live/cam?token=x', to)).toBe(url);
  });

  test.each([
    'http://other/live/cam',
    'file:///etc/passwd',
    'rtmp://',
    'rtmp://:80/live',
    'rtmp://h:99999/a',
  ])('to %s leads nowhere', (to) => {
    expect(redirectedUrl('rtmp://origin:1940/live/cam?token=x', to)).toBeUndefined();
  });
});

test.each([
  ['rtmp://origin/live', true],
  ['rtmp://Backup:1940/live', true],
  ['rtmp://elsewhere/live', true],
  ['rtmp://user@elsewhere/live', true],
  ['rtmp://elsewhere@evil/live', false],
  ['rtmp://elsewhere.evil/live', false],
  ['rtmp://127.0.0.1/live', false],
  ['http://origin/live', false],
])('a server of these hosts may lead to %s: %s', (to, isAllowed) => {
  const hosts = new AllowedHosts(['rtmp://origin/{key}', 'rtmp://user:pw@backup/{key}'], ['Elsewhere']);
  expect(hosts.lead('rtmp://origin/live/a', to) !== undefined).toBe(isAllowed);
});
