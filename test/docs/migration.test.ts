import { expect, test } from 'vitest';
import { readText, tableRows } from '../support/markdown.ts';

const verdicts = ['always', 'setting', 'differs', 'none', 'not yet'];

/** Every directive in the documentation of nginx-rtmp, by module. */
const nginxDirectives = [
  'rtmp server listen application so_keepalive timeout ping ping_timeout max_streams ack_window chunk_size max_message',
  'out_queue out_cork busy play_time_fix publish_time_fix buflen allow deny',
  'exec_push exec_pull exec exec_options exec_static exec_kill_signal respawn respawn_timeout',
  'exec_publish exec_play exec_play_done exec_publish_done exec_record_done',
  'live meta interleave wait_key wait_video publish_notify drop_idle_publisher sync play_restart idle_streams',
  'record record_path record_suffix record_unique record_append record_lock record_max_size record_max_frames',
  'record_interval recorder record_notify play play_temp_path play_local_path',
  'pull push push_reconnect session_relay',
  'on_connect on_play on_publish on_done on_play_done on_publish_done on_record_done on_update',
  'notify_update_timeout notify_update_strict notify_relay_redirect notify_method',
  'hls hls_path hls_fragment hls_playlist_length hls_sync hls_continuous hls_nested hls_base_url hls_cleanup',
  'hls_fragment_naming hls_fragment_naming_granularity hls_fragment_slicing hls_variant hls_type hls_keys',
  'hls_key_path hls_key_url hls_fragments_per_key',
  'dash dash_path dash_fragment dash_playlist_length dash_nested dash_cleanup',
  'access_log log_format max_connections rtmp_stat rtmp_stat_stylesheet',
  'rtmp_auto_push rtmp_auto_push_reconnect rtmp_socket_dir rtmp_control',
].flatMap((line) => line.split(' '));

/** What people who come from SRS have in their configs. */
const srsSettings = [
  'vhost',
  'cluster { mode }',
  'cluster { origin }',
  'cluster { token_traverse }',
  'forward { destination }',
  'http_hooks { on_publish }',
  'http_hooks { on_play }',
  'http_remux',
  'play { gop_cache }',
  'play { queue_length }',
  'play { mw_latency }',
  'min_latency',
  'publish { firstpkt_timeout }',
  'publish { normal_timeout }',
  'refer',
  'security',
  'heartbeat',
  'stats',
  'http_api',
  'exporter',
  'dvr',
  'hls',
  'rtc_server',
  'srt_server',
];

/** Every key of Stream Pump's example configs, of its Pump House too, with what it belongs to. */
const streamPumpKeys = [
  ...['port', 'use_http_proxy', 'http_proxy_host', 'http_proxy_port', 'use_proxy_for_local_addresses'],
  ...['redirect_404_to', 'ssl', 'ssl_port', 'ssl_key', 'ssl_cert', 'streams'],
  ...['name', 'enabled', 'type', 'path', 'source_options.host', 'source_options.port', 'source_options.path'],
  ...['pumps_roster_json', 'id', 'title', 'key', 'networks'],
];

const pages = [
  { page: 'docs/from-nginx-rtmp.md', heading: 'directive', rows: 31 },
  { page: 'docs/from-srs.md', heading: 'SRS', rows: 31 },
  { page: 'docs/mmsh.md', heading: 'Stream Pump', rows: streamPumpKeys.length },
] as const;

/** The names in the first column of a page's table. */
function namesIn({ page, heading }: (typeof pages)[number]): string[] {
  const rows = tableRows(readText(page), heading);
  return rows.flatMap(([names = '']) => [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

test.for(pages)(
  '$page has a verdict for each row, and says what to do where there is something',
  ({ page, heading, rows: atLeast }) => {
    const rows = tableRows(readText(page), heading);
    expect(rows.length).toBeGreaterThanOrEqual(atLeast);
    for (const [name, verdict = '', advice = ''] of rows) {
      expect([name, verdict]).toEqual([name, expect.toBeOneOf(verdicts)]);
      if (['setting', 'differs', 'not yet'].includes(verdict))
        expect([name, advice]).toEqual([name, expect.stringMatching(/\w.*\.$/)]);
    }
  },
);

test('every directive of nginx-rtmp is told of once', () => {
  expect(namesIn(pages[0]).sort()).toEqual(nginxDirectives.sort());
});

test('the settings of SRS that matter are told of', () => {
  expect(namesIn(pages[1])).toEqual(expect.arrayContaining(srsSettings));
});

test('every key of Stream Pump is told of once', () => {
  expect(namesIn(pages[2]).sort()).toEqual(streamPumpKeys.sort());
});
