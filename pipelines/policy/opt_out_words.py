"""The words people use to be left alone, in English and Spanish. Tables; `revocation` reads them in this order.

Patterns match plain words (`plain_words.plain`): small letters, no accents, no punctuation, `dont` for `don't`.
"""

import re

PER_SE = ("stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe", "stopall")
"""The words that revoke by themselves: 47 CFR 64.1200(a)(10), and the carriers' STOPALL."""
PER_SE_SPANISH = ("alto", "parar", "pare", "para", "cancelar", "cancele", "baja", "detener", "basta")
"""R28's list, and the words Spanish-language programmes print."""
MAY_MEAN_THE_VISIT = frozenset({"cancel", "cancelar", "cancele"})
"""By themselves an opt-out, and a question at the desk; in a sentence probably the appointment (R23)."""
ONLY_ALONE = MAY_MEAN_THE_VISIT | {"end"}
"""Beside any other word, even a polite one, these revoke no more: a person reads them."""
HELP = frozenset({"help", "info", "information", "ayuda", "informacion", "help info"})
START = frozenset({"start", "unstop", "yes start", "start again", "iniciar", "empezar", "comenzar", "reanudar"})
"""YES alone is a confirmation, never a restart."""
POLITE = frozenset({
    "please", "pls", "plz", "plse", "thanks", "thank", "thx", "ty", "you", "now", "immediately", "asap", "today", "already",
    "ok", "okay", "hi", "hello", "hey", "sir", "maam", "guys", "just", "ya", "por", "favor", "gracias", "porfa", "hola", "ahora",
})  # fmt: skip
"""Words that change nothing around a word that revokes."""


def _patterns(lines: str) -> tuple[re.Pattern[str], ...]:
    """One pattern a line, each of whole words."""
    return tuple(re.compile(rf"\b(?:{line.strip()})\b") for line in lines.strip().splitlines())


_CONTACT = r"(?:text|txt|message|msg|contact|call|phone|email|mail|write|reach|bother|notify|ping|dm|spam|remind)"
_CONTACTING = (
    r"(?:text|txt|messag|msg|contact|call|phon|email|mail|writ|reach|send|receiv|gett|bother|notify|ping|dm|spam|spamm|harass|pester|bug|bugg"
    r"|annoy|blow|hitt|market|solicit|remind|push)ing"
)
_MESSAGES = r"(?:texts?|txts?|messages?|msgs?|emails?|mails?|notifications?|alerts?|reminders?|spam|sms|communications?|contact|calls?)"
_ME = r"(?:me|us|my (?:phone|number|cell)|this (?:phone|number))"
_TAIL = r"(?: (?:please|pls|plz|anymore|any more|any longer|again|ever|ever again|now|thanks|thank you|at all|immediately|asap))*"
_THESE = r"(?:these|those|this|that|the|your|all|any|more|sending|me|us|with|of|it|stupid|damn|annoying)"

CLEAR = _patterns(
    rf"""
    stop {_CONTACTING}
    (?:quit|cease) {_CONTACTING}
    stop (?:{_THESE} )*{_MESSAGES}
    stop (?:it|this|that|these|those)$
    (?:do not|dont|never|can you not|please no longer) (?:ever )?{_CONTACT}(?: {_ME})?{_TAIL}$
    (?:do not|dont|never) (?:ever )?{_CONTACT} {_ME} (?:anymore|any more|again|ever)
    (?:do not|dont|never) send (?:{_ME} )?(?:{_THESE} )*(?:{_MESSAGES}|anything|stuff|more)
    (?:remove|delete|erase|take|get|pull|drop|scrub) (?:me|us|my (?:phone |cell )?(?:number|name|info)|this number)(?: (?:off|from|out))?(?: of)?(?: (?:this|the|your|that|all|any))? ?(?!wait|wish)(?:\w+ )?(?:lists?|database|system|records|contacts)
    (?:unsubscribe|unsub) (?:me|us|my number|this number)
    (?:remove|delete) (?:me|us|my number|this number)(?: from (?:this|these|here|everything|all))?{_TAIL}$
    take me off(?: this| it| please)*$
    opt (?:me|us) out
    (?:can|could|would|will) (?:you|u) (?:just )?(?:please )?stop(?: please| now| it)?$
    (?:i|we) (?:said|told you to|asked you to|told u to) stop$
    (?:you|u|they) (?:have been|were|are) told to stop
    (?:i|we) (?:want|would like|wish|need|choose|d like|am going|have decided) to (?:opt out|unsubscribe|be removed)
    (?:want|would like|wish|d like) out of (?:this|the|your)
    (?:wanna|id like to|want to|please) (?:opt out|unsubscribe|be removed)
    no (?:more|further|additional) {_MESSAGES}
    (?:i )?(?:hereby )?(?:revoke|withdraw|rescind)(?: (?:all|any|my|the|prior))* (?:consent|permission|authorization)
    (?:i )?(?:do not|dont|no longer|never) (?:consent|give (?:you )?(?:consent|permission))
    (?:i )?(?:do not|dont|no longer) (?:want|wish|need)(?: to)?(?: (?:get|receive|hear|see|be))*(?: (?:{_THESE}|from you|further))* (?:{_MESSAGES}|from you|contacted|texted|messaged|called)
    leave me (?:alone|be)
    lose (?:my|this) number
    forget (?:my|this) number
    ^(?:please )?(?:go away|get lost)$
    unsubscribe(?:d)? (?:me|from|this|to all|my number)
    no (?:quiero )?(?:mas|recibir mas|recibir) (?:mensajes?|textos?|correos?|llamadas?|sms|notificaciones|avisos)
    no quiero (?:que me (?:escrib|mand|envi|llam|text|contact|molest)\w*|recibir|(?:sus|estos|esos) (?:mensajes|textos|correos|avisos))
    (?:ya )?no (?:me|nos) (?:escriba\w*|escriban|mande\w*|envi\w+|llame\w*|llamen|textee\w*|contacte\w*|moleste\w*|manden)
    dej[ae]n? de (?:escribir|mandar|enviar|molestar|llamar|textear|contactar)\w*
    pare?n? de (?:escribir|mandar|enviar|molestar|llamar|textear|contactar)\w*
    (?:quite|quita|quiten|borre|borra|borren|elimine|elimina|eliminen|saque|saca|saquen)(?:me|nme)? (?:de|mi numero|de su|de la|este numero)
    (?:darme|dar|dame|deme|denme) de baja
    (?:revoco|retiro) mi (?:consentimiento|permiso)
    dejeme en paz|dejenme en paz|dejame en paz
    """
)
"""A reasonable person reads these as a revocation (TCPA-11)."""

NARROWED = re.compile(
    r"\b(?:but|except|only|keep|still|unless|instead|until|before|after|while|during|at work|at night|pero|excepto|menos|solo"
    r"|solamente|hasta|promos?|promotions?|marketing|newsletters?|ads|deals|offers|specials|ofertas|promociones)\b"
)
"""Words that may make a revocation smaller than it looks: a person reads them, and nothing goes meanwhile."""

TURNED_ROUND = re.compile(r"\b(?:do not|dont|never|please dont) (?:you )?(?:ever )?(?:stop|quit|cease)\b")
"""Before a phrase of stopping these mean its opposite, probably: a person reads it."""
ALSO_STOP = re.compile(r"\b(?:stop|stopall|unsubscribe|quit|alto|basta)\b")
"""Beside a wrong number these stop the whole phone: what stops is looked for first (R22)."""

WRONG_NUMBER = _patterns(
    r"""
    wrong (?:number|person|phone|cell|guy|girl|lady|man|woman|contact|#)
    (?:this|that|it) (?:is not|isnt|aint|not|is no longer) (?:\w+ ){0,3}(?:phone|number|cell|mobile|line)
    (?:there is )?(?:no one|nobody|noone) (?:here )?(?:by that name|named|called|with that name)
    (?:i )?(?:do not|dont) know (?:anyone|any|a|an?ybody) (?:named |called |by )?\w+
    (?:there is|theres) no \w+ (?:here|at this number|on this number)
    (?:no conozco a|aqui no vive|aqui no hay ning\w+) \w+
    (?:number|phone) (?:has|was|is) (?:been )?(?:changed|reassigned)|new number owner|just got this number
    (?:numero|telefono) (?:equivocado|incorrecto)|se equivoco de (?:numero|persona)|persona equivocada
    (?:este|esto) no es (?:el )?(?:numero|telefono|celular) de
    no es (?:mi|el) numero
    wrong (?:nbr|num|no)$|^wrong(?: (?:bud|buddy|dude|bro))?$
    \w+ (?:does not|doesnt|no longer) (?:have|has|uses|use|own|owns) this (?:number|phone)
    """
)
"""The number belongs to somebody else (R26)."""
_CAPITAL_AND_NO_NAME = (
    r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?s?|January|February|March|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?"
    r"|Dec(?:ember)?|July|Christmas|Thanksgiving|Easter|Halloween|Good|Great|Okay|Ok|Possible|Urgent|Botox|Dysport|Juvederm|Covid|Medicare|Spam)\b"
)
NOT_THEM = re.compile(
    r"^\W*(?:[Nn]o[,.!]? )?(?:[Tt]his|[Ii]t) (?:is not|isn.?t|ain.?t|is no longer) "
    rf"(?!{_CAPITAL_AND_NO_NAME})[A-Z][a-z]+(?: [A-Z][a-z]+)?\W*$"
)
"""`This isn't Maria`, in the text as it was typed: only a capital tells a name from an adjective; April, May and June are names too."""

_FEELS_OR_DOES = (
    r"(?:bleed|hurt|swell|itch|smil|laugh|cry|work|exercis|wash|mov|worry|peel|burn|grow|tak|us|wear|eat|drink|smok|vap|apply|ic"
    r"|tann|thinking|think|talk|rav|sweat|throbb|ach|ooz|leak|sting|tingl|shak|rain|snow|look|feel|glow|twitch|cough|breath)ing"
)
HARMLESS = _patterns(
    rf"""
    para (?:el|la|las|los|cuando|que|manana|hoy|esta|este|mi|una?|hacer|ir|confirmar|agendar|preguntar|saber|lunes|martes|miercoles|jueves|viernes|sabado|domingo)
    (?:turn|switch|shut) (?:\w+ ){{0,2}}off (?:the|my) (?:alarm|light|lights|car|phone|stove|oven)
    stop(?:ping|ped)? (?:by|in|over|off|at|into|on my way|for|and (?:get|grab|pick|see|say))
    (?:bus|pit|next|last|first|short|full|quick|one|rest|train|subway|metro) stop
    (?<!you )(?<!u )(?<!they )(?:wont|will not|cant|cannot|can not|couldnt|could not|doesnt|does not|didnt|did not|hasnt|has not|isnt going to|wouldnt|not|never) (?:(?!you\b|u\b|they\b|yall\b)\w+ )?stop(?:ped|ping|s)?
    (?:redness|swelling|bruising|itching|pain|bleeding|burning|peeling|numbness|headaches?|bump|rash|it) (?:(?:to|ever|finally|has|have|will|did|does|should) )*stop(?:ped|s)?
    (?:stop|stopped|quit) {_FEELS_OR_DOES}
    (?:stop|stopped|quit) (?:my|the) (?:medication|meds|medicine|job|vitamins?|supplements?|ibuprofen|aspirin|retinol|cream)
    quit my \w+|(?:i|we|he|she) quit (?:my|the|a|last|in|on|cold)
    end (?:of|up|ups|time|date|result|in|at|around)
    (?:when|what time|how|does|will|should|would|may|might) (?:\w+ ){{0,4}}end
    (?:the|an|in|at|by|week|dead|other|tail|open|high|low|front|back|year|month|rear) end
    (?:to|it|they) end
    ends?(?:ed|ing)
    no (?:puedo|puede|deja|para) (?:de )?parar|sin parar|no para de
    """
)
"""Phrases that hold a word of the list and mean something else."""

SUSPICIOUS = re.compile(
    r"\b(?:stop\w{0,4}|st0p|sto|stp|sotp|stpo|tsop|stiop|quit|end|revoke\w?|revoking|opt ?out|opting out|cancel|unsub\w*|unsuscribe\w*"
    r"|(?:remove|delete) (?:me|my number)|take me off|un ?subscribe\w*|desuscrib\w*|no more|alto|parar?e?|paren|cancelar|cancele|baja|detener|basta|no mas|ya no|leave me|spam"
    r"|harass\w*|lawyer|attorney|(?:will|gonna|going to) sue|fcc|tcpa|do not call|dnc|fuck off|piss off|shut up|(?:not|no longer) interested|no (?:me )?interesa|remove$|delete$"
    rf"|(?:do not|dont|never) {_CONTACT}(?: me)?|no {_MESSAGES}|no texting|^enough|enough (?:already|of this|{_MESSAGES})|f off|stfu|screw (?:you|off)"
    r"|(?:do not|dont|didnt|did not|never) (?:ever )?(?:want|sign(?:ed)? up|ask(?:ed)? for|subscrib\w*|opt(?:ed)? in)(?: (?:for|to))?(?: (?:any|all))?(?: of)?"
    r"(?: (?:this|these|those|that|them|it|you|your \w+))?$|get (?:me )?off|report(?:ing)? (?:you|this)"
    r"|^blocked$|^block$|block(?:ed|ing)? (?:you|u|this|your)|(?:youre|you are|ur) blocked|no (?:mande?|manden|mandar|envie?|envien|enviar|escriba|escriban)\w*)\b"
)
"""What still makes a text suspect when everything above was taken away: it is held, and a person reads it."""
MAY_STOP = _patterns(
    rf"""
    ceas(?:e|ing)|desist|discontinu\w+|halt|terminat\w+|refrain from|(?:please )?mute|deactivat\w+|unenroll?\w*|unregister\w*
    do not disturb|^dnd$|dnt {_CONTACT}|(?:turn|shut|switch) (?:\w+ ){{0,2}}off|disabl\w+ (?:\w+ ){{0,2}}{_MESSAGES}
    (?:no longer|do not|dont) (?:wish|want|care)(?: to)? (?:receive|get|see|hear)
    (?:do not|dont) send (?:any ?more|me|us|it|these|those|anything)
    no need (?:to {_CONTACT}|for (?:these|this|the|your|any) )
    (?:i am|im|were|we are) (?:so )?done with (?:you|this|these|ya)
    (?:erase|remove|take|delete) (?:my )?(?:\w+ )?(?:number|name|me)?\b ?(?:off|from) (?:\w+ )?lists?
    (?:erase|wipe) (?:my )?(?:number|name|info)|removeme|take back (?:my )?(?:permission|consent)|knock it off|cut it out
    dej[ae]n? de (?:escribir|mandar|enviar|molestar|llamar|textear|contactar)\w*|dejar de recibir
    (?:ya )?no (?:deseo|quiero)(?: (?:nada|recibir|mas|sus|mensajes))*$
    (?:tired|sick) of (?:all |getting |receiving )*(?:these|those|your|the) (?:texts?|messages?|emails?|reminders?|spam)
    no (?:vuelva\w*|volver) a|no (?:llamen?|llame|molesten?|moleste|autorizo)
    (?:borr|elimin|quit|saqu?|sac)\w*(?:me|nme)\b|(?:quitar|borrar|eliminar|sacar) (?:mi numero|me|de la lista)|sacar de la lista
    cancel(?:e|a|en)n? (?:los|mis|estos|sus) (?:mensajes|textos|avisos)|(?:detenga|detengan|detener|paren) (?:los|sus|estos)
    dej[ae]n?me (?:tranquil\w|en paz)|retirar (?:mi )?consentimiento|^(?:fin|terminar|finalizar)$
    """
)
"""Wordings of stopping that are no words of the list: held, and a person reads them."""
NEARLY_STOP = frozenset({
    "stoo", "stol", "stoi", "stip", "stap", "atop", "dtop", "wtop", "xtop", "sstop", "stoop", "stopt", "stob", "stpp", "st p",
    "usubscribe", "unsubcribe", "unsubscibe", "unsubsribe", "unsuscribe", "unsubscrib",
})  # fmt: skip
"""Whole texts that are one slip of a thumb away from a word of the list."""
NO = frozenset({"no", "nope", "nah", "no thanks", "no thank you", "no gracias", "n"})
"""A bare no may answer a question, or us."""
STOP_SIGNS = frozenset("🛑⛔🚫✋🖕🤚👎🔇")
