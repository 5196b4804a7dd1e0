"""The lists as a new association finds them; it changes them as it likes."""

DEFAULTS: dict[str, tuple[tuple[str, str, str], ...]] = {
    # slug, French name, English name
    "organisation_kinds": (
        ("commune", "Commune", "Commune"),
        ("epci", "Intercommunalité", "Intermunicipal authority"),
        ("department", "Département", "Department"),
        ("region", "Région", "Region"),
        ("collectivity", "Collectivité d’outre-mer", "Overseas collectivity"),
        ("joint_body", "Syndicat mixte", "Joint body"),
        ("state", "Service de l’État", "Central government"),
        ("agency", "Établissement ou agence publique", "Public agency"),
        ("nonprofit", "Association", "Non-profit"),
        ("federation", "Fédération ou réseau", "Federation or network"),
        ("foundation", "Fondation", "Foundation"),
        ("university", "Enseignement et recherche", "Education and research"),
        ("cooperative", "Coopérative", "Cooperative"),
        ("company", "Entreprise", "Company"),
        ("international", "Organisation internationale", "International organisation"),
        ("media", "Média", "Media"),
        ("project", "Projet ou programme", "Project or programme"),
        ("other", "Autre", "Other"),
    ),
    "interaction_kinds": (
        ("meeting", "Réunion", "Meeting"),
        ("call", "Appel", "Call"),
        ("video", "Visioconférence", "Video call"),
        ("email", "Courriel", "E-mail"),
        ("letter", "Courrier", "Letter"),
        ("visit", "Visite", "Visit"),
        ("event", "Rencontre lors d’un événement", "Met at an event"),
        ("note", "Note", "Note"),
    ),
    "event_kinds": (
        ("webinar", "Webinaire", "Webinar"),
        ("conference", "Conférence", "Conference"),
        ("workshop", "Atelier", "Workshop"),
        ("training", "Formation", "Training"),
        ("assembly", "Assemblée générale", "General assembly"),
        ("board", "Conseil d’administration", "Board meeting"),
        ("fair", "Salon", "Fair"),
        ("hearing", "Audition", "Hearing"),
        ("meeting", "Réunion", "Meeting"),
        ("other", "Autre", "Other"),
    ),
}

ICONS = {
    "meeting": "users",
    "call": "phone",
    "video": "video",
    "email": "mail",
    "letter": "inbox",
    "visit": "map-pin",
    "event": "calendar-event",
    "note": "note",
}
