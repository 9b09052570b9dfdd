/** Whether this machine is as a relay's settings need it: asked before a start, by `--check`, and before settings are read again. */
import type { HouseLinkSettings } from '../../config/house/house-link-settings.ts';
import type { RelaySettings } from '../../config/relay-settings.ts';
import { readRecordingKey } from '../../credentials/recording-key.ts';
import { readAccessKey } from '../../credentials/storage/access-key.ts';
import { readSnmpSecrets } from '../admin/snmp/snmp-secrets.ts';
import { hookSecret } from '../hooks/hook-secret.ts';
import {
  authorityFaults,
  certificateFaults,
  credentialFileFaults,
  type PreflightFault,
  preflightService,
  type ServicePreflightSettings,
  serviceFileFaults,
} from '../serving/preflight.ts';
import { readHouseKey } from './house/house-key.ts';

/** The settings that count on something outside of them. */
export type PreflightSettings = ServicePreflightSettings &
  Pick<RelaySettings, 'hooks' | 'house' | 'recordings' | 'snmp'>;

/** What a relay with these settings would stumble over. @see preflightService */
export function preflight(
  settings: PreflightSettings,
  configFile?: string,
): Promise<readonly PreflightFault[]> {
  return preflightService(settings, preflightFiles, configFile);
}

/** What `preflight` finds in files. */
export async function preflightFiles(settings: PreflightSettings): Promise<readonly PreflightFault[]> {
  const { hooks, house, recordings, snmp } = settings;
  const secrets = hooks.flatMap((hook, index) =>
    credentialFileFaults(`hooks.${index}.secretFile`, () => hookSecret(hook)),
  );
  const ofSnmp = snmp === null ? [] : credentialFileFaults('snmp', () => readSnmpSecrets(snmp));
  const keys = (recordings?.encryption.keyFiles ?? []).flatMap((file, index) =>
    credentialFileFaults(`recordings.encryption.keyFiles.${index}`, () => readRecordingKey(file)),
  );
  const { upload = null } = recordings ?? {};
  const ofUpload =
    upload === null
      ? []
      : credentialFileFaults('recordings.upload.credentialsFile', () =>
          readAccessKey(upload.credentialsFile),
        );
  const found = [serviceFileFaults(settings), ...(house === null ? [] : houseFaults(house))];
  return [...(await Promise.all(found)).flat(), ...secrets, ...ofSnmp, ...keys, ...ofUpload];
}

function houseFaults(house: HouseLinkSettings): readonly Promise<readonly PreflightFault[]>[] {
  const { caFile, certFile, certKeyFile: keyFile } = house;
  const hasOwn = certFile !== null && keyFile !== null;
  return [
    Promise.resolve(credentialFileFaults('house.keyFile', () => readHouseKey(house))),
    authorityFaults('house.caFile', caFile),
    ...(hasOwn ? [certificateFaults('house', { certFile, keyFile }, 'servers')] : []),
  ];
}
