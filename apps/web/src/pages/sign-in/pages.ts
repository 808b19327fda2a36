export { ForgotPage } from './ForgotPage.tsx';
export { BackRoute, ResetRoute, VerifyRoute } from './LinkRoutes.tsx';
