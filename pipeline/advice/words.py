"""The advice in words, in Dutch and in English (``check`` speaks to who runs the school's mail).

Not in the catalogues of the mails: those are for parents, in eight languages.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.advice.look import Finding, State

_STATES = {
    "en": {State.GOOD: "in order", State.MEND: "to mend", State.UNSEEN: "not seen"},
    "nl": {State.GOOD: "in orde", State.MEND: "te regelen", State.UNSEEN: "niet gezien"},
}
_PUBLISH = {
    "en": "publish in the DNS, in place of what stands there",
    "nl": "zet in de DNS, in plaats van wat er staat",
}
_FOUND = {"en": "it stands there now", "nl": "er staat nu"}

#: By language and code; what stands between %( and ) comes from the finding.
_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "could_not_look": ("no answer from the DNS about %(name)s: look again when there is a connection"),
        "sender_of_another": (
            "mail is sent as %(domain)s by a mailbox of %(user)s: the provider refuses it or signs it for "
            "the other domain. Log in with a mailbox of %(domain)s, or have it allowed as an alias"
        ),
        "mx_good": "the domain takes mail",
        "mx_null": (
            "%(domain)s says that it takes no mail (null MX): many refuse mail from such a sender, and "
            "answers of parents are lost. Take the record away, or send from another domain"
        ),
        "mx_none": "%(domain)s takes no mail: it has no MX record. Add that of the mail provider",
        "spf_good": "the relay may send for the domain (%(number)s look-ups of 10)",
        "spf_none": "%(domain)s has no SPF record: receivers cannot tell our mail from forged mail",
        "spf_none_ask": "%(domain)s has no SPF record: ask the mail provider which one it needs",
        "spf_several": (
            "%(domain)s has %(number)s SPF records, and more than one counts as none: make one of them"
        ),
        "spf_wrong": ("nobody understands this in the SPF record, which then counts for nothing: %(terms)s"),
        "spf_broken": (
            "what the SPF record includes has no record of its own, so the whole counts for nothing: take "
            "out %(names)s"
        ),
        "spf_lookups": (
            "the SPF record takes %(number)s look-ups and 10 are allowed: take out what does not send any "
            "more"
        ),
        "spf_lacks": ("the SPF record of %(domain)s does not let the relay send: %(mechanism)s is missing"),
        "spf_open": "the SPF record lets everybody send for %(domain)s: it must end in ~all or -all",
        "spf_ask": ("whether the SPF record lets the relay send, only the relay's provider knows: ask them"),
        "dkim_good": "a key of %(bits)s bits stands at %(name)s",
        "dkim_ask": (
            "under which name the mail provider publishes its key for %(domain)s, only they know: ask "
            "whether DKIM is on"
        ),
        "dkim_ses": (
            "Amazon chooses the names of its keys: look in the SES console whether DKIM of %(domain)s is "
            "verified"
        ),
        "dkim_none": (
            "there is no key at %(names)s: ask the mail provider to sign mail of %(domain)s (DKIM)"
        ),
        "dkim_none_google": (
            "there is no key at %(names)s. In Google's Admin console: Apps, Google Workspace, Gmail, "
            "Authenticate email; generate a record for %(domain)s, publish it, then start authentication"
        ),
        "dkim_none_microsoft365": (
            "there is no key at %(names)s. In Microsoft's Defender portal: Email authentication settings, "
            "DKIM; choose %(domain)s, publish its two CNAME records, then enable signing"
        ),
        "dkim_of_another": (
            "mail of %(domain)s is signed for %(signs)s, which does not count for it (DMARC): sign for "
            "%(domain)s"
        ),
        "dkim_own_none": "we sign with a key that does not stand at %(name)s",
        "dkim_own_other": "we sign with another key than stands at %(name)s: every signature fails",
        "dkim_short": (
            "the key at %(name)s has %(bits)s bits: under 1024 it is not accepted; ask for one of 2048"
        ),
        "dkim_withdrawn": "the key at %(name)s was withdrawn: ask for a new one",
        "dkim_unreadable": ("what stands at %(name)s is no key that can be read: have it published anew"),
        "dmarc_good": "receivers are told what to do with forged mail (p=%(policy)s)",
        "dmarc_watching": (
            "there is a policy that only watches (p=none). Once its reports show that all mail of the "
            "school passes, change it to p=quarantine"
        ),
        "dmarc_none": (
            "%(domain)s has no DMARC record: Google, Microsoft and Yahoo want one of whoever sends to many"
        ),
        "dmarc_several": (
            "there are several DMARC records at %(name)s, and more than one counts as none: leave one"
        ),
        "dmarc_wrong": (
            "the DMARC record at %(name)s has no policy (p=none, quarantine or reject) and counts as none"
        ),
        "ptr_good": "%(address)s has a name that leads back to it",
        "ptr_none": ("%(address)s has no name (PTR): ask who gave you the address to set it to %(host)s"),
        "ptr_unconfirmed": (
            "%(address)s is called %(names)s, which does not lead back to it: ask who gave you the "
            "address to set its name (PTR) to %(host)s"
        ),
        "ptr_no_host": "%(host)s has no address in the DNS: add one, or correct helo",
        "ptr_ask": (
            "which name this mail server has outside is not known here: say it as helo under [relay]"
        ),
    },
    "nl": {
        "could_not_look": "geen antwoord van de DNS over %(name)s: kijk opnieuw als er verbinding is",
        "sender_of_another": (
            "mail gaat uit als %(domain)s door een postvak van %(user)s: de aanbieder weigert dat of "
            "ondertekent voor het andere domein. Log in met een postvak van %(domain)s, of laat het als "
            "alias toe"
        ),
        "mx_good": "het domein neemt mail aan",
        "mx_null": (
            "%(domain)s zegt dat het geen mail aanneemt (null MX): velen weigeren mail van zo'n afzender, "
            "en antwoorden van ouders raken kwijt. Haal het record weg, of verstuur vanaf een ander "
            "domein"
        ),
        "mx_none": (
            "%(domain)s neemt geen mail aan: er is geen MX-record. Zet dat van de mailaanbieder erin"
        ),
        "spf_good": "de mailserver mag voor het domein versturen (%(number)s van 10 opvragingen)",
        "spf_none": (
            "%(domain)s heeft geen SPF-record: ontvangers kunnen onze mail niet van valse mail onderscheiden"
        ),
        "spf_none_ask": "%(domain)s heeft geen SPF-record: vraag de mailaanbieder welk het moet zijn",
        "spf_several": (
            "%(domain)s heeft %(number)s SPF-records, en meer dan één telt als geen: maak er één van"
        ),
        "spf_wrong": ("dit in het SPF-record begrijpt niemand, en dan telt het hele record niet: %(terms)s"),
        "spf_broken": (
            "wat het SPF-record insluit heeft zelf geen record, en dan telt het geheel niet: haal "
            "%(names)s eruit"
        ),
        "spf_lookups": (
            "het SPF-record kost %(number)s opvragingen en er zijn er 10 toegestaan: haal eruit wat niet "
            "meer verstuurt"
        ),
        "spf_lacks": (
            "het SPF-record van %(domain)s staat de mailserver niet toe te versturen: %(mechanism)s ontbreekt"
        ),
        "spf_open": (
            "het SPF-record laat iedereen voor %(domain)s versturen: het moet op ~all of -all eindigen"
        ),
        "spf_ask": (
            "of het SPF-record de mailserver toestaat te versturen, weet alleen de mailaanbieder: vraag "
            "het daar"
        ),
        "dkim_good": "er staat een sleutel van %(bits)s bits op %(name)s",
        "dkim_ask": (
            "onder welke naam de mailaanbieder zijn sleutel voor %(domain)s zet, weet alleen hij: vraag "
            "of DKIM aanstaat"
        ),
        "dkim_ses": (
            "Amazon kiest zelf de namen van zijn sleutels: kijk in de SES-console of DKIM van %(domain)s "
            "geverifieerd is"
        ),
        "dkim_none": (
            "er staat geen sleutel op %(names)s: vraag de mailaanbieder mail van %(domain)s te "
            "ondertekenen (DKIM)"
        ),
        "dkim_none_google": (
            "er staat geen sleutel op %(names)s. In de beheerconsole van Google: Apps, Google Workspace, "
            "Gmail, E-mail verifiëren; maak een record voor %(domain)s, zet het in de DNS en start dan de "
            "verificatie"
        ),
        "dkim_none_microsoft365": (
            "er staat geen sleutel op %(names)s. In de Defender-portal van Microsoft: instellingen voor "
            "e-mailverificatie, DKIM; kies %(domain)s, zet de twee CNAME-records in de DNS en zet "
            "ondertekenen aan"
        ),
        "dkim_of_another": (
            "mail van %(domain)s wordt ondertekend voor %(signs)s, en dat telt er niet voor (DMARC): "
            "onderteken voor %(domain)s"
        ),
        "dkim_own_none": "we ondertekenen met een sleutel die niet op %(name)s staat",
        "dkim_own_other": (
            "we ondertekenen met een andere sleutel dan op %(name)s staat: geen handtekening klopt"
        ),
        "dkim_short": (
            "de sleutel op %(name)s heeft %(bits)s bits: onder 1024 wordt hij niet aangenomen; vraag er "
            "een van 2048"
        ),
        "dkim_withdrawn": "de sleutel op %(name)s is ingetrokken: vraag een nieuwe",
        "dkim_unreadable": (
            "wat op %(name)s staat is geen leesbare sleutel: laat hem opnieuw in de DNS zetten"
        ),
        "dmarc_good": "ontvangers weten wat ze met valse mail moeten doen (p=%(policy)s)",
        "dmarc_watching": (
            "er is een beleid dat alleen meekijkt (p=none). Tonen de rapporten dat alle mail van de "
            "school klopt, maak er dan p=quarantine van"
        ),
        "dmarc_none": (
            "%(domain)s heeft geen DMARC-record: Google, Microsoft en Yahoo willen er een van wie aan "
            "velen mailt"
        ),
        "dmarc_several": (
            "er staan meer DMARC-records op %(name)s, en meer dan één telt als geen: laat er één staan"
        ),
        "dmarc_wrong": (
            "het DMARC-record op %(name)s heeft geen beleid (p=none, quarantine of reject) en telt als geen"
        ),
        "ptr_good": "%(address)s heeft een naam die erheen terugleidt",
        "ptr_none": ("%(address)s heeft geen naam (PTR): vraag wie het adres gaf er %(host)s van te maken"),
        "ptr_unconfirmed": (
            "%(address)s heet %(names)s, en die naam leidt er niet heen terug: vraag wie het adres gaf de "
            "naam (PTR) op %(host)s te zetten"
        ),
        "ptr_no_host": "%(host)s heeft geen adres in de DNS: zet het erin, of verbeter helo",
        "ptr_ask": (
            "hoe deze mailserver naar buiten heet is hier niet bekend: zeg het als helo onder [relay]"
        ),
    },
}


def language_of(language: str) -> str:
    return "nl" if language == "nl" else "en"


def sentence(finding: Finding, language: str) -> str:
    """``language``: "nl" or "en"."""
    return _SENTENCES[language][finding.code] % finding.values


def lines(finding: Finding, language: str) -> list[str]:
    """A finding for people: what it is about, how it stands, what to do; then the records."""
    told = [f"{finding.what.upper():6} {_STATES[language][finding.state]}: {sentence(finding, language)}"]
    if finding.found and finding.state is not State.GOOD:
        told.append(f"       {_FOUND[language]}: {finding.found}")
    if finding.publish:
        told.append(f"       {_PUBLISH[language]}:")
        told.append(f'       {finding.publish.name} {finding.publish.kind} "{finding.publish.value}"')
    return told
