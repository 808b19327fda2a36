import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Libvirt } from './client.ts';
import { LibvirtError } from './errors.ts';
import { driverUri } from './open.ts';
import type { Domain } from './procedures/objects.ts';
import type { ArgsOf, DownloadName, ResultOf, UploadName } from './procedures/table.ts';

describe('the table’s types', () => {
  test('give each call its arguments and its result', () => {
    expectTypeOf<ArgsOf<'domainLookupByUuid'>>().toEqualTypeOf<{ uuid: string }>();
    expectTypeOf<ResultOf<'domainLookupByUuid'>>().toEqualTypeOf<{ dom: Domain }>();
    expectTypeOf<ResultOf<'domainGetBlockInfo'>>().toEqualTypeOf<{
      allocation: bigint;
      capacity: bigint;
      physical: bigint;
    }>();
    // Flags and pointers that may be NULL may be left out; the rest may not.
    expectTypeOf<{ dom: Domain }>().toExtend<ArgsOf<'domainGetXmlDesc'>>();
    expectTypeOf<{ to: string }>().not.toExtend<ArgsOf<'domainSaveFlags'>>();
    expectTypeOf<{ dom: Domain; to: string }>().toExtend<ArgsOf<'domainSaveFlags'>>();
    expectTypeOf<Parameters<typeof Libvirt.prototype.call<'connectGetHostname'>>[1]>().toEqualTypeOf<
      {} | undefined
    >();
  });

  test('tell streams from calls', () => {
    expectTypeOf<UploadName>().toEqualTypeOf<'storageVolUpload'>();
    expectTypeOf<DownloadName>().toEqualTypeOf<'storageVolDownload' | 'domainScreenshot'>();
  });
});

test('a URI loses its transport and host, since the daemon opens it from where it is', () => {
  expect(driverUri('qemu:///system')).toBe('qemu:///system');
  expect(driverUri('qemu+ssh://root@host.example:2222/system?keyfile=x')).toBe('qemu:///system');
  expect(driverUri('test+unix:////path/fleet.xml')).toBe('test:////path/fleet.xml');
  expect(() => driverUri('system')).toThrow(LibvirtError);
});

test('an error of a number that is not known yet still is an error with its number', () => {
  const server = { number: 9999, domain: 9999, message: null, level: 2, strings: [] };
  expect(LibvirtError.fromServer(server, 'call')).toMatchObject({
    code: 'libvirt.unknown',
    number: 9999,
    domain: 'unknown',
  });
});
