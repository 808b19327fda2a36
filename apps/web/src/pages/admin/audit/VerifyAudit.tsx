import { Alert, Anchor, Code, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';

/** Follows the chain when it is asked for, and says what it found. */
export function VerifyAudit(): ReactElement {
  const verify = useQuery(api.audit.verify.queryOptions({ input: {}, enabled: false, staleTime: Infinity }));
  const { data, error } = verify;
  if (error !== null) {
    return (
      <Alert color="red" variant="light" mb="md" role="alert">
        {messageOf(error)}
      </Alert>
    );
  }
  if (data === undefined) {
    return (
      <Text size="sm" mb="md">
        <Anchor
          component="button"
          type="button"
          inherit
          disabled={verify.isFetching}
          onClick={() => void verify.refetch()}
          data-testid="audit-verify"
        >
          {verify.isFetching ? 'Following the chain …' : 'Check that nothing was changed'}
        </Anchor>
      </Text>
    );
  }
  return data.holds ? (
    <Alert color="leaf" variant="light" mb="md" role="status" data-testid="audit-holds">
      {data.events} events, none changed or missing
      {data.anchor === 0 ? '' : `; ${data.anchor} older ones are deleted`}. Note elsewhere, for a later check:{' '}
      <Code style={{ overflowWrap: 'anywhere' }}>
        {data.head.position}:{data.head.hash}
      </Code>
    </Alert>
  ) : (
    <Alert color="red" variant="light" mb="md" role="alert" data-testid="audit-broken">
      Event {data.fault?.position}: {data.fault?.reason}. The {data.events} before it are as they were
      written.
    </Alert>
  );
}
