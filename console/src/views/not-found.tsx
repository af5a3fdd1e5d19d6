import { Link } from '../router.tsx';
import { Page } from '../ui/page.tsx';

export function NotFound() {
  return (
    <Page title="There is no such page">
      <p>
        <Link href="/">Go to the overview</Link>
      </p>
    </Page>
  );
}
