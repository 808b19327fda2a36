import { Alert, Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useMemo } from 'react';
import makeQrCode from 'qrcode-generator';
import { api } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { CodeList, CopyCodes } from './RecoveryCodes.tsx';
import classes from './Codes.module.css';

type Start = { uri: string; secret: string; recoveryCodes: string[] };

/** Scan, keep the codes, type the first one. */
export function SetUpAuthenticator({ start, onClose }: { start: Start; onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { code: '' },
    validate: { code: (code) => (/^\d{6}$/.test(code.replaceAll(' ', '')) ? null : 'Six digits') },
  });
  const confirm = useMutation({
    ...api.account.confirmSecondFactor.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.account.key() });
      await queries.invalidateQueries({ queryKey: api.signIns.key() });
      notifications.show({ message: 'Your second factor is on.' });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title="Set up your authenticator">
      <form
        onSubmit={form.onSubmit(({ code }) => confirm.mutate({ code: code.replaceAll(' ', '') }))}
        noValidate
      >
        <Stack>
          <Text size="sm">
            1. Scan this with your authenticator, or type <Code>{inFours(start.secret)}</Code> there.
          </Text>
          <QrCode text={start.uri} />
          <Text size="sm">
            2. Keep these codes where you keep passwords. Each opens your account once, when you do not have
            your phone. They are shown this once.
          </Text>
          <CodeList codes={start.recoveryCodes} />
          <Group>
            <CopyCodes codes={start.recoveryCodes} />
          </Group>
          {confirm.error !== null && (
            <Alert color="red" variant="light" role="alert" data-testid="factor-refused">
              {messageOf(confirm.error)}
            </Alert>
          )}
          <TextInput
            label="3. The code that it shows now"
            autoComplete="one-time-code"
            inputMode="numeric"
            key={form.key('code')}
            {...form.getInputProps('code')}
            data-testid="factor-code"
          />
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={confirm.isPending} data-testid="factor-confirm">
              Turn it on
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

const inFours = (secret: string): string => secret.replaceAll(/(.{4})(?=.)/g, '$1 ');

/** Modules as one path: no picture is fetched, and the secret goes to no other program. */
function QrCode({ text }: { text: string }): ReactElement {
  const { size, path } = useMemo(() => {
    const code = makeQrCode(0, 'M');
    code.addData(text);
    code.make();
    const count = code.getModuleCount();
    const all = Array.from({ length: count * count }, (_, index) => [
      index % count,
      Math.floor(index / count),
    ]);
    const dark = all.filter(([x = 0, y = 0]) => code.isDark(y, x));
    return { size: count, path: dark.map(([x, y]) => `M${x} ${y}h1v1h-1z`).join('') };
  }, [text]);
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      className={classes.qr}
      role="img"
      aria-label="QR code for your authenticator"
      shapeRendering="crispEdges"
    >
      <path d={path} fill="#000" />
    </svg>
  );
}
