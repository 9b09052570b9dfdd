import { describe, expect, test } from 'vitest';
import { parseRtmpUrl } from '../../../src/protocol/rtmp/rtmp-url.ts';

describe('a URL', () => {
  test.each([
    {
      url: 'rtmp://localhost/live/a',
      target: {
        isTls: false,
        isTunnelled: false,
        host: 'localhost',
        port: 1935,
        app: 'live',
        streamName: 'a',
      },
      tcUrl: 'rtmp://localhost:1935/live',
    },
    {
      url: 'RTMPS://Example.com:1936/live/a?key=1&b=/c',
      target: {
        isTls: true,
        isTunnelled: false,
        host: 'example.com',
        port: 1936,
        app: 'live',
        streamName: 'a?key=1&b=/c',
      },
      tcUrl: 'rtmps://example.com:1936/live',
    },
    {
      url: 'rtmps://10.0.0.1/app/inst/%C3%A4%2F',
      target: {
        isTls: true,
        isTunnelled: false,
        host: '10.0.0.1',
        port: 443,
        app: 'app',
        streamName: 'inst/%C3%A4%2F',
      },
      tcUrl: 'rtmps://10.0.0.1:443/app',
    },
    {
      url: 'rtmp://[2001:db8::1]:1940/live/a',
      target: {
        isTls: false,
        isTunnelled: false,
        host: '2001:db8::1',
        port: 1940,
        app: 'live',
        streamName: 'a',
      },
      tcUrl: 'rtmp://[2001:db8::1]:1940/live',
    },
    {
      url: 'rtmp://[::1]/live/a',
      target: { isTls: false, isTunnelled: false, host: '::1', port: 1935, app: 'live', streamName: 'a' },
      tcUrl: 'rtmp://[::1]:1935/live',
    },
    {
      url: 'rtmp://user:p@ss@host:80/live/a',
      target: { isTls: false, isTunnelled: false, host: 'host', port: 80, app: 'live', streamName: 'a' },
      tcUrl: 'rtmp://host:80/live',
    },
    {
      url: 'rtmp://host/live',
      target: { isTls: false, isTunnelled: false, host: 'host', port: 1935, app: 'live', streamName: '' },
      tcUrl: 'rtmp://host:1935/live',
    },
    {
      url: 'rtmp://host',
      target: { isTls: false, isTunnelled: false, host: 'host', port: 1935, app: '', streamName: '' },
      tcUrl: 'rtmp://host:1935/',
    },
    {
      url: 'rtmp://host/live?a=/b',
      target: {
        isTls: false,
        isTunnelled: false,
        host: 'host',
        port: 1935,
        app: 'live',
        streamName: '?a=/b',
      },
      tcUrl: 'rtmp://host:1935/live',
    },
    {
      url: 'rtmpt://host/live/a',
      target: { isTls: false, isTunnelled: true, host: 'host', port: 80, app: 'live', streamName: 'a' },
      tcUrl: 'rtmpt://host:80/live',
    },
    {
      url: 'rtmpts://host:8443/live/a',
      target: { isTls: true, isTunnelled: true, host: 'host', port: 8443, app: 'live', streamName: 'a' },
      tcUrl: 'rtmpts://host:8443/live',
    },
  ])('$url', ({ url, target, tcUrl }) => {
    expect(parseRtmpUrl(url)).toEqual({ protocol: 'rtmp', ...target, tcUrl });
  });

  test.each(['', 'host/live/a', 'http://host/live/a', 'rtmp:///live/a'])('%o is none', (url) => {
    expect(parseRtmpUrl(url)).toBeUndefined();
  });
});
