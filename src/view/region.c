/* region: the time zones and the ways of writing numbers that people may choose. */
#include "view/region.h"

#include <string.h>

#include <glib.h>

/* Every place whose clock differs from the others' somewhere in the year, and the large ones. */
const char *const region_zones[] = {
        "Africa/Accra", "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi",
        "Africa/Tunis",
        "America/Anchorage", "America/Argentina/Buenos_Aires", "America/Bogota", "America/Caracas", "America/Chicago",
        "America/Costa_Rica", "America/Denver", "America/Edmonton", "America/Halifax", "America/Havana", "America/Lima",
        "America/Los_Angeles", "America/Mexico_City", "America/Montevideo", "America/New_York", "America/Panama",
        "America/Phoenix",
        "America/Puerto_Rico", "America/Regina", "America/Santiago", "America/Sao_Paulo", "America/St_Johns", "America/Toronto",
        "America/Vancouver", "America/Winnipeg",
        "Asia/Almaty", "Asia/Baku", "Asia/Bangkok", "Asia/Beirut", "Asia/Colombo", "Asia/Dhaka", "Asia/Dubai", "Asia/Ho_Chi_Minh",
        "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jerusalem", "Asia/Kabul", "Asia/Karachi", "Asia/Kathmandu", "Asia/Kolkata",
        "Asia/Kuala_Lumpur", "Asia/Kuwait", "Asia/Manila", "Asia/Qatar", "Asia/Riyadh", "Asia/Seoul", "Asia/Shanghai",
        "Asia/Singapore", "Asia/Taipei", "Asia/Tashkent", "Asia/Tbilisi", "Asia/Tehran", "Asia/Tokyo", "Asia/Yangon",
        "Asia/Yerevan",
        "Atlantic/Azores", "Atlantic/Canary", "Atlantic/Cape_Verde", "Atlantic/Reykjavik",
        "Australia/Adelaide", "Australia/Brisbane", "Australia/Darwin", "Australia/Hobart", "Australia/Melbourne",
        "Australia/Perth",
        "Australia/Sydney",
        "Europe/Amsterdam", "Europe/Athens", "Europe/Belgrade", "Europe/Berlin", "Europe/Bratislava", "Europe/Brussels",
        "Europe/Bucharest", "Europe/Budapest", "Europe/Copenhagen", "Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul",
        "Europe/Kyiv", "Europe/Lisbon", "Europe/Ljubljana", "Europe/London", "Europe/Luxembourg", "Europe/Madrid", "Europe/Malta",
        "Europe/Moscow", "Europe/Oslo", "Europe/Paris", "Europe/Prague", "Europe/Riga", "Europe/Rome", "Europe/Sofia",
        "Europe/Stockholm", "Europe/Tallinn", "Europe/Vaduz", "Europe/Vienna", "Europe/Vilnius", "Europe/Warsaw", "Europe/Zagreb",
        "Europe/Zurich",
        "Indian/Mauritius", "Pacific/Auckland", "Pacific/Fiji", "Pacific/Honolulu", "Pacific/Port_Moresby", "UTC", NULL
};

static const struct { const char *locale, *name; } locales[] = {
        { "en_GB", "English (United Kingdom)" }, { "en_US", "English (United States)" }, { "en_AU", "English (Australia)" },
        { "en_CA", "English (Canada)" }, { "en_IE", "English (Ireland)" }, { "en_IN", "English (India)" },
        { "en_NZ", "English (New Zealand)" }, { "en_ZA", "English (South Africa)" },
        { "cs_CZ", "Čeština" }, { "da_DK", "Dansk" }, { "de_DE", "Deutsch (Deutschland)" }, { "de_AT", "Deutsch (Österreich)" },
        { "de_CH", "Deutsch (Schweiz)" }, { "el_GR", "Ελληνικά" }, { "es_ES", "Español (España)" },
        { "es_MX", "Español (México)" },
        { "es_US", "Español (Estados Unidos)" }, { "fr_FR", "Français (France)" }, { "fr_CH", "Français (Suisse)" },
        { "it_IT", "Italiano (Italia)" }, { "it_CH", "Italiano (Svizzera)" }, { "hu_HU", "Magyar" },
        { "nl_NL", "Nederlands" }, { "nb_NO", "Norsk bokmål" }, { "nn_NO", "Norsk nynorsk" }, { "pl_PL", "Polski" },
        { "pt_PT", "Português (Portugal)" }, { "pt_BR", "Português (Brasil)" }, { "ro_RO", "Română" }, { "sk_SK", "Slovenčina" },
        { "fi_FI", "Suomi" }, { "sv_SE", "Svenska" }, { "tr_TR", "Türkçe" }, { "ja_JP", "日本語" }, { "ko_KR", "한국어" },
        { "zh_CN", "中文" },
};

/* The same codes, as a route's choices. */
const char *const region_locales[] = {
        "en_GB", "en_US", "en_AU", "en_CA", "en_IE", "en_IN", "en_NZ", "en_ZA", "cs_CZ", "da_DK", "de_DE", "de_AT", "de_CH",
        "el_GR",
        "es_ES", "es_MX", "es_US", "fr_FR", "fr_CH", "it_IT", "it_CH", "hu_HU", "nl_NL", "nb_NO", "nn_NO", "pl_PL", "pt_PT",
        "pt_BR",
        "ro_RO", "sk_SK", "fi_FI", "sv_SE", "tr_TR", "ja_JP", "ko_KR", "zh_CN", NULL
};

const char *
region_zone_name(struct pool *pool, const char *zone)
{
        const char *place = strrchr(zone, '/');
        char *name;

        if (place == NULL)
                return zone;
        name = pool_printf(pool, "%s (%s)", place + 1, pool_strndup(pool, zone, (size_t)(place - zone)));
        for (char *p = name; *p != '\0'; p++)
                if (*p == '_')
                        *p = ' ';
        return name;
}

const char *
region_locale_name(const char *locale)
{
        for (size_t i = 0; i < G_N_ELEMENTS(locales); i++)
                if (strcmp(locales[i].locale, locale) == 0)
                        return locales[i].name;
        return locale;
}
