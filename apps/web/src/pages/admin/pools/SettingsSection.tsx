import { Button, Title, UnstyledButton } from '@mantine/core';
import { type FormErrors, useForm, type UseFormReturnType } from '@mantine/form';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconChevronDown } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useId } from 'react';
import { api, type Pool, type PoolChange } from '../../../api/client.ts';
import { focusFirstFault } from '../../../components/first-fault.ts';
import { ReasonButton } from '../../../components/ReasonButton.tsx';
import classes from './SettingsSection.module.css';

/** Where a page of many groups would be scrolled through for minutes: each opens by its title there. */
const PHONE = '(max-width: 640px)';

/** A group of the page: what it is about, and what belongs to it. */
export function Section({
  title,
  about,
  children,
}: {
  title: string;
  about: ReactNode;
  children: ReactNode;
}): ReactElement {
  const id = useId();
  const folds = useMediaQuery(PHONE, false, { getInitialValueInEffect: false });
  const [open, { toggle }] = useDisclosure(false);
  const hidden = folds && !open;
  return (
    <section className={classes.section} aria-labelledby={id}>
      <div>
        <Title order={2} fz={18} id={id} tabIndex={-1} className={classes.title}>
          {folds ? (
            <UnstyledButton
              className={classes.fold}
              aria-expanded={open}
              aria-controls={`${id}-content`}
              onClick={toggle}
            >
              {title}
              <IconChevronDown size={20} stroke={1.8} aria-hidden="true" />
            </UnstyledButton>
          ) : (
            title
          )}
        </Title>
        <p className={classes.about} hidden={hidden}>
          {about}
        </p>
      </div>
      {/* What was typed stays while it is folded. */}
      <div id={`${id}-content`} hidden={hidden}>
        {children}
      </div>
    </section>
  );
}

export type SettingsProps<V extends object> = {
  pool: Pool;
  title: string;
  about: ReactNode;
  /** As the server has them now. */
  values: V;
  validate: (values: V) => FormErrors;
  change: (values: V) => Omit<PoolChange, 'id'>;
  /** What saving does to machines that are there and to people at work. */
  effect: string;
  testId: string;
  children: (form: UseFormReturnType<V>) => ReactNode;
};

/** A group of settings that is saved on its own. */
export function SettingsSection<V extends object>(props: SettingsProps<V>): ReactElement {
  return (
    <Section title={props.title} about={props.about}>
      {/* What the server says anew, by this page or another, is what the fields begin from. */}
      <Settings key={JSON.stringify(props.values)} {...props} />
    </Section>
  );
}

function Settings<V extends object>({
  pool,
  title,
  values,
  validate,
  change,
  effect,
  testId,
  children,
}: SettingsProps<V>): ReactElement {
  const queries = useQueryClient();
  const form = useForm<V>({ initialValues: values, validate });
  const update = useMutation({
    ...api.pools.update.mutationOptions(),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.pools.key() });
      notifications.show({ title: `${title}: saved`, message: effect });
    },
  });
  const dirty = form.isDirty();
  return (
    <form
      className={classes.card}
      onSubmit={form.onSubmit(
        (filled) => update.mutate({ id: pool.id, ...change(filled) }),
        (_faults, _values, event) => focusFirstFault(event),
      )}
      noValidate
      data-testid={testId}
    >
      {children(form)}
      <div className={classes.foot}>
        <p className={classes.effect}>{effect}</p>
        <div className={classes.buttons}>
          {dirty && (
            <Button variant="default" onClick={() => form.reset()}>
              Undo
            </Button>
          )}
          <ReasonButton
            type="submit"
            loading={update.isPending}
            reason={dirty ? undefined : 'Nothing is changed here.'}
            aria-label={`Save ${title}`}
            data-testid={`${testId}-save`}
          >
            Save
          </ReasonButton>
        </div>
      </div>
    </form>
  );
}
