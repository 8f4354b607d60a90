import TopNavigation, { type TopNavigationProps } from "@cloudscape-design/components/top-navigation";
import { signOut } from "../api/signOut";
import { sentence } from "../logic/words";
import type { Appearance } from "./appearance";
import { useSession } from "./SessionContext";

interface Properties {
  appearance: Appearance;
  onAppearance: (chosen: Appearance) => void;
  signedIn: boolean;
}

const APPEARANCES: Appearance[] = ["system", "light", "dark"];

export function Top({ appearance, onAppearance, signedIn }: Properties) {
  const session = useSession();
  const look: TopNavigationProps.Utility = {
    type: "menu-dropdown",
    iconName: "view-full",
    text: "Appearance",
    ariaLabel: `Appearance: ${appearance}`,
    items: APPEARANCES.map((id) => ({ id, text: sentence(id), itemType: "checkbox", checked: id === appearance })),
    onItemClick: ({ detail }) => onAppearance(detail.id as Appearance),
  };
  const who: TopNavigationProps.Utility = {
    type: "menu-dropdown",
    iconName: "user-profile",
    text: session?.name ?? "Signed in",
    description: session ? `Role: ${session.role}` : "",
    items: [
      { id: "role", text: session ? `Role: ${session.role}` : "Role not known", disabled: true },
      { id: "out", text: "Sign out" },
    ],
    onItemClick: ({ detail }) => detail.id === "out" && void signOut(),
  };
  return (
    <header id="top">
      <TopNavigation
        identity={{ href: "#/incidents", title: "ITOps", logo: { src: "icon.svg", alt: "" } }}
        utilities={signedIn ? [look, who] : [look]}
      />
    </header>
  );
}
