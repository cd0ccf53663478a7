/* country: names by ISO 3166-1 alpha-2 code, see country.h. */
#include "view/country.h"

#include <stddef.h>
#include <string.h>

static const struct { char code[3]; const char *name; } countries[] = {
        { "AT", "Austria" }, { "AU", "Australia" }, { "BE", "Belgium" }, { "BG", "Bulgaria" }, { "BR", "Brazil" },
        { "CA", "Canada" }, { "CH", "Switzerland" }, { "CY", "Cyprus" }, { "CZ", "Czechia" }, { "DE", "Germany" },
        { "DK", "Denmark" }, { "EE", "Estonia" }, { "ES", "Spain" }, { "FI", "Finland" }, { "FR", "France" },
        { "GB", "United Kingdom" }, { "GR", "Greece" }, { "HR", "Croatia" }, { "HU", "Hungary" }, { "IE", "Ireland" },
        { "IN", "India" }, { "IS", "Iceland" }, { "IT", "Italy" }, { "JP", "Japan" }, { "KW", "Kuwait" },
        { "LI", "Liechtenstein" }, { "LT", "Lithuania" }, { "LU", "Luxembourg" }, { "LV", "Latvia" }, { "MT", "Malta" },
        { "MX", "Mexico" }, { "NL", "Netherlands" }, { "NO", "Norway" }, { "NZ", "New Zealand" }, { "PL", "Poland" },
        { "PT", "Portugal" }, { "RO", "Romania" }, { "SE", "Sweden" }, { "SG", "Singapore" }, { "SI", "Slovenia" },
        { "SK", "Slovakia" }, { "US", "United States" }, { "ZA", "South Africa" },
};

const char *
country_name(const char *code)
{
        for (size_t i = 0; i < sizeof(countries) / sizeof(countries[0]); i++)
                if (strcmp(countries[i].code, code) == 0)
                        return countries[i].name;
        return code;
}
